"""Indexes worth testing on SQLite: equality columns, then one range, then the order."""

import re
from collections.abc import Iterator

from studio.backends.sqlite.plans import handed_down, query_terms
from studio.backends.sqlite.plans.loop import Loop, rowid_names
from studio.backends.sqlite.plans.loops import MANY_ROWS, PlannedStatement, columns_of
from studio.backends.sqlite.plans.query_plan import IndexFacts, PlanStep
from studio.backends.sqlite.plans.query_shape import SelectScope
from studio.backends.sqlite.plans.rehearsal import Checks
from studio.model.finding import IndexHint
from studio.sqltext.tokens import Token

FEW_ROWS = 50
"""Rows per key below which an index is selective enough to leave alone."""
SIMPLE = re.compile(r"[a-z_][a-z0-9_]*")
DOUBT = "A candidate, worth testing: an index slows every write and may not be chosen."


def quoted(name: str) -> str:
    """An identifier as SQLite would read it back."""
    from sqlalchemy.dialects.sqlite import dialect  # noqa: PLC0415 - 200 ms only a plan with a hint pays

    return str(dialect().identifier_preparer.quote(name))


def hints(query: PlannedStatement, checks: Checks | None = None) -> tuple[IndexHint, ...]:
    """Candidates for every loop that reads too much, then for the sorts they could avoid; with
    `checks`, those the plan would use.
    """
    found: dict[tuple[str, tuple[str, ...]], IndexHint] = {}
    for together, instead_of in _candidates(query, is_tried=checks is not None):
        fresh = [hint for hint in together if (hint.table, hint.columns) not in found]
        if fresh and (checks is None or checks.used([h.sql for h in together], instead_of)):
            found |= {(hint.table, hint.columns): hint for hint in fresh}
    return tuple(found.values())


def _candidates(
    query: PlannedStatement, *, is_tried: bool
) -> Iterator[tuple[list[IndexHint], str]]:
    """Indexes that help only together, and the line of the plan they are to spare."""
    for loop in query.loops:
        yield _for_loop(loop), ""
        yield from (([hint], "") for hint in _for_like(loop))
        if is_tried:
            yield _for_handed_down(query, loop), ""
    for step in query.steps:
        yield _for_tree(query, step), step.raw


def _for_loop(loop: Loop) -> list[IndexHint]:
    forced = loop.item is not None and loop.item.forced
    # An index over an expression is in no plan with that expression.
    unprinted = any(part.startswith("<") for part in loop.step.constraints)
    if forced or unprinted or not loop.is_base or (loop.rows or 0) < MANY_ROWS:
        return []
    if loop.step.automatic:
        columns = [part.partition("=")[0].rstrip("<>") for part in loop.step.constraints]
        return _hint(loop, [(column, False) for column in columns], loop.step)
    if loop.is_full_scan:
        return _for_scan(loop) or _for_arms(loop) or _for_turned_loops(loop)
    kept = [part for part in loop.step.constraints if not part.startswith("ANY(")]
    if len(kept) < len(loop.step.constraints):
        names = dict.fromkeys(part.rstrip("=?<>").lower() for part in kept)
        return _hint(loop, [(name, False) for name in names if name], loop.step)
    return [] if loop.step.kind != "SEARCH" or loop.finds_one() else _for_search(loop)


def _for_scan(loop: Loop) -> list[IndexHint]:
    equal = _columns(loop, "equality")
    ranges = [column for column in _columns(loop, "range") if column not in equal][:1]
    if not equal and not ranges:
        return []
    order = [] if ranges else _order(loop)
    return _hint(loop, [(column, False) for column in (*equal, *ranges)] + order, loop.step)


def _for_arms(loop: Loop) -> list[IndexHint]:
    """The indexes an OR still lacks, one for each side: only together they serve it."""
    lacking = dict.fromkeys(t.column for t in loop.arms if not loop.begins_index(t.column))
    return [hint for column in lacking for hint in _hint(loop, [(column, False)], loop.step)]


def _for_turned_loops(loop: Loop) -> list[IndexHint]:
    """The join column of a table read whole, where a table read after it is narrowed."""
    columns = dict.fromkeys(term.column for term in loop.joined)
    return _hint(loop, [(column, False) for column in columns][:1], loop.step)


def _for_handed_down(query: PlannedStatement, loop: Loop) -> list[IndexHint]:
    """What narrows a table read whole from outside its own query."""
    if not loop.is_full_scan or loop.could_search or (loop.rows or 0) < MANY_ROWS:
        return []
    columns = handed_down.columns(query, loop)
    return _hint(loop, [(column, False) for column in columns], loop.step)


def _for_search(loop: Loop) -> list[IndexHint]:
    """A search that still has to throw rows away by an equality its index does not hold, or that
    has no index to find an extreme at the end of.
    """
    if loop.reads_all_for_extreme:
        column = query_terms.single_extreme(loop.scope) if loop.scope else ""
        return _hint(loop, [(column, False)], loop.step) if column else []
    if not loop.step.constraints:
        return []
    residual = [
        term.column
        for term in loop.usable
        if term.use == "equality" and term.column not in loop.searched
    ]
    each = loop.rows_each_time()
    index = loop.used_index()
    told = index is not None and bool(index.rows_per_key)
    if not residual or (told and each is not None and each < FEW_ROWS):
        return []
    joined = {term.column for term in loop.usable if term.others & _beside(loop)}
    kept = [column for column in loop.equalities if column not in joined]
    columns = list(dict.fromkeys([*residual, *kept]))
    last = [] if not loop.scope else [query_terms.single_extreme(loop.scope)]
    tail = [(column, False) for column in last if column and column not in columns]
    return _hint(loop, [(column, False) for column in columns] + tail, loop.step)


def _beside(loop: Loop) -> frozenset[str]:
    """Aliases of the same FROM clause: what a join condition names, not a correlated one."""
    return frozenset(item.alias for item in loop.scope.items) if loop.scope else frozenset()


def _for_like(loop: Loop) -> list[IndexHint]:
    return [
        _named(loop, (term.column,), f"{written(loop, term.column)} COLLATE NOCASE", loop.step)
        for term in loop.unserved_likes
    ]


def _columns(loop: Loop, use: str) -> list[str]:
    terms = [term for term in loop.usable if term.use == use]
    return list(dict.fromkeys(term.column for term in terms))


def _order(loop: Loop) -> list[tuple[str, bool]]:
    """The ORDER BY of the loop's query, when all of it is this table's and nothing aggregates."""
    if loop.scope is None or loop.position or loop.scope.compound or loop.scope.clause("group"):
        return []
    names = frozenset(name.lower() for name in _columns_of(loop)) | rowid_names_of(loop)
    columns = query_terms.Columns({loop.item.alias: names} if loop.item else {})
    listed = query_terms.listed(loop.scope.clause("order"), columns)
    mine = loop.item.alias if loop.item else ""
    if any(alias != mine for alias, _, _ in listed):
        return []
    return [(column, descending) for _, column, descending in listed]


def _for_tree(query: PlannedStatement, step: PlanStep) -> list[IndexHint]:
    """An index that returns rows in the order a temporary b-tree was built for."""
    if step.kind != "TEMP_BTREE" or query.rows_near(step) < MANY_ROWS:
        return []
    around = query.siblings(step.parent)
    loop = around[0] if around else None
    if loop is None or loop.scope is None or loop.item is None or not loop.is_base:
        return []
    scope = loop.scope
    columns = columns_of(scope, query.facts)
    if "GROUP BY" in step.detail or "DISTINCT" in step.detail:
        if loop.usable:
            return []
        wanted = _grouped(scope, step)
    elif "ORDER BY" in step.detail and not scope.compound and not scope.clause("group"):
        # A window sorts the rows of the table; what is sorted after it is no table.
        wanted = query_terms.window_order(scope) or query_terms.order_of(scope)
    else:
        return []
    listed = query_terms.listed(wanted, columns)
    if not listed or any(alias != loop.item.alias for alias, _, _ in listed):
        return _for_order_of_another(around, listed, step, columns)
    fixed = [
        term.column for term in loop.usable if term.use == "equality" and not term.is_expression
    ]
    order = [(column, down) for _, column, down in listed if column not in fixed]
    return _hint(loop, [(column, False) for column in dict.fromkeys(fixed)] + order, step)


def _grouped(scope: SelectScope, step: PlanStep) -> list[Token]:
    """What a b-tree for GROUP BY, DISTINCT or count(DISTINCT …) holds one of each of."""
    if "GROUP BY" in step.detail:
        return scope.clause("group")
    if step.detail == "DISTINCT":
        return scope.clause("select")[1:]
    # In groups, the index would have to begin with what they are grouped by.
    return [] if scope.clause("group") else query_terms.counted_distinct(scope)


def _for_order_of_another(
    around: list[Loop],
    listed: tuple[tuple[str, str, bool], ...],
    step: PlanStep,
    columns: query_terms.Columns,
) -> list[IndexHint]:
    """The order of a table read later, with which the loops could begin; the ones before it then
    have to be found by what they are joined on.
    """
    mine = {alias for alias, _, _ in listed}
    first = next((loop for loop in around[1:] if loop.item and mine == {loop.item.alias}), None)
    if first is None or not first.is_base or first.scope is None:
        return []
    order = [(column, down) for _, column, down in listed]
    found = _hint(first, order, step)
    every = query_terms.terms(first.scope, columns)
    for loop in around[: around.index(first)]:
        keys = [
            term.column
            for term in every
            if loop.item and term.alias == loop.item.alias and term.others
            if term.use == "equality" and not term.is_expression
        ]
        if loop.is_base and keys and not any(loop.begins_index(key) for key in keys):
            found += _hint(loop, [(keys[0], False)], step)
    return found


def _hint(loop: Loop, parts: list[tuple[str, bool]], step: PlanStep) -> list[IndexHint]:
    """One candidate, unless it is the rowid, there already, or a prefix of what is there."""
    columns = tuple(column for column, _ in parts)
    facts = loop.facts
    if facts is None or not columns or columns[0] in rowid_names(facts):
        return []
    if any(_begins(index, columns) for index in facts.indexes if not index.partial):
        return []
    directions = {down for column, down in parts[len(_fixed(loop, columns)) :]}
    listed = ", ".join(
        f"{written(loop, column)}{' DESC' if down and len(directions) > 1 else ''}"
        for column, down in parts
    )
    return [_named(loop, columns, listed, step)]


def rowid_names_of(loop: Loop) -> set[str]:
    """See loops.rowid_names; none for what is no table."""
    return rowid_names(loop.facts) if loop.facts else set()


def _fixed(loop: Loop, columns: tuple[str, ...]) -> list[str]:
    equal = {term.column for term in loop.usable if term.use == "equality"}
    return [column for column in columns if column in equal]


def _begins(index: IndexFacts, columns: tuple[str, ...]) -> bool:
    there = tuple((column or "").lower() for column in index.columns)
    return there[: len(columns)] == columns and index.collations[:1] in {(), ("BINARY",)}


def written(loop: Loop, column: str) -> str:
    """A column quoted where it has to be; anything else is an expression, already SQL."""
    spelt = _spelt(loop, column)
    return quoted(spelt) if SIMPLE.fullmatch(column) or spelt in _columns_of(loop) else column


def _columns_of(loop: Loop) -> tuple[str, ...]:
    return loop.facts.columns if loop.facts else ()


def _spelt(loop: Loop, column: str) -> str:
    """A column as its table writes it; queries may write it in any case."""
    return next((name for name in _columns_of(loop) if name.lower() == column), column)


def _named(loop: Loop, columns: tuple[str, ...], listed: str, step: PlanStep) -> IndexHint:
    name = _free_name(loop, re.sub(r"\W+", "_", "_".join((loop.table, *columns))))
    sql = f"CREATE INDEX {quoted(name)} ON {quoted(loop.table)} ({listed});"
    spelt = tuple(_spelt(loop, column) for column in columns)
    return IndexHint(loop.table, spelt, sql, "btree", str(step.id), DOUBT)


def created(loop: Loop, column: str) -> str:
    """The CREATE INDEX over one column."""
    return _named(loop, (column,), written(loop, column), loop.step).sql


def statement(loop: Loop, columns: list[str], checks: Checks | None) -> str:
    """The CREATE INDEX over some columns, for a table too small for a hint; empty where the table
    is not known or the plan would not use it.
    """
    if loop.facts is None or any(column.startswith("<") for column in columns):
        return ""
    listed = ", ".join(written(loop, column.lower()) for column in columns)
    sql = _named(loop, tuple(column.lower() for column in columns), listed, loop.step).sql
    return sql if checks is None or checks.used([sql]) else ""


def trigram(loop: Loop, column: str, checks: Checks | None) -> str:
    """A full-text index whose LIKE finds any three letters; empty where it cannot be made."""
    if loop.facts is None or loop.facts.without_rowid:
        return ""
    name = _free_name(loop, f"{loop.table}_{column}_trigrams")
    spelt = quoted(_spelt(loop, column))
    key = loop.facts.rowid_alias or "rowid"
    table, rowid = (part.replace("'", "''") for part in (loop.table, key))
    script = (
        f"CREATE VIRTUAL TABLE {quoted(name)} USING fts5({spelt}, content='{table}', "
        f"content_rowid='{rowid}', tokenize='trigram');",
        f"INSERT INTO {quoted(name)}({quoted(name)}) VALUES('rebuild');",
    )
    if checks is not None and not checks.runs(script):
        return ""
    return "\n".join(script)


def _free_name(loop: Loop, wanted: str) -> str:
    """The name, with a number behind it when the database has a table or an index of it."""
    stem = wanted.strip("_").lower()[:60]
    taken = {loop.table.lower(), *loop.names}
    numbered = (f"{stem}_{number}" for number in range(2, len(taken) + 3))
    return next(name for name in (stem, *numbered) if name not in taken)
