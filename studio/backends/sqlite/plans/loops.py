"""The loops of a SQLite plan, each with its table, its conditions and its place in the nesting."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from studio.backends.sqlite.plans import query_shape, query_terms
from studio.backends.sqlite.plans import views as sqlite_views
from studio.backends.sqlite.plans.loop import Loop, rowid_names
from studio.backends.sqlite.plans.query_plan import DatabaseFacts, PlanStep, TableFacts
from studio.backends.sqlite.plans.query_shape import FromItem, SelectScope
from studio.backends.sqlite.plans.query_terms import Columns
from studio.backends.sqlite.plans.rewrites import rewrite

MANY_ROWS = 1_000
OBJECTS = frozenset(("CO_ROUTINE", "MATERIALIZE"))
NARROWING = frozenset(("equality", "range", "like"))
PASSED_ON = frozenset(("select", "from", "order", "limit"))
"""Clauses of a query that neither throws rows away nor makes one of many."""
GROUPING = frozenset(("MULTI_INDEX_OR", "OR_BRANCH"))


@dataclass(frozen=True)
class PlannedStatement:
    """A plan, its SQL and its database, put together."""

    steps: tuple[PlanStep, ...]
    facts: DatabaseFacts
    loops: tuple[Loop, ...]
    scopes: tuple[SelectScope, ...]

    @property
    def joins(self) -> bool:
        """Whether some query of it reads more than one table."""
        return any(loop.position for loop in self.loops) or any(
            sum(1 for item in scope.items if item.table) > 1 for scope in self.scopes
        )

    @property
    def candidates(self) -> int:
        """The most indexes that one table of it could be read by."""
        return max((self._candidates(loop) for loop in self.loops), default=0)

    @staticmethod
    def _candidates(loop: Loop) -> int:
        wanted = {term.column for term in loop.usable} | set(loop.searched)
        indexes = loop.facts.indexes if loop.facts else ()
        return sum(
            1 for i in indexes if i.columns and i.columns[0] and i.columns[0].lower() in wanted
        )

    def siblings(self, parent: int) -> list[Loop]:
        """The loops nested in one another under one parent, outermost first."""
        return [loop for loop in self.loops if loop.step.parent == parent]

    def outer_rows(self, loop: Loop) -> float:
        """About how many times a loop runs, as far as the facts tell; at least once."""
        times = 1.0
        for other in self.siblings(loop.step.parent):
            if other.position < loop.position:
                times *= max(1.0, other.rows_each_time() or 1.0)
        return times

    def rows_read(self) -> float:
        """About how many rows all loops on tables read together."""
        return sum(self._read(loop) for loop in self.loops if loop.is_base)

    def _read(self, loop: Loop) -> float:
        times = 1.0
        for other in self.siblings(loop.step.parent):
            if other.position < loop.position:
                times *= max(1.0, other.rows_expected())
        read = loop.rows_expected() * times
        return min(read, self._enough(loop) * times)

    def _enough(self, loop: Loop) -> float:
        """Rows after which a LIMIT has all it wants, where every row that is read is one of its."""
        scope = loop.scope
        if scope is None or scope.compound or set(scope.clauses) - PASSED_ON or scope.on_terms:
            return math.inf
        is_alone = len(scope.items) == 1 and loop.step.parent == 0
        if not is_alone or any(step.kind == "TEMP_BTREE" for step in self.steps):
            return math.inf
        limit = query_terms.limited_rows(scope)
        return math.inf if limit is None or len(query_terms.extremes(scope)) else float(limit)

    def rows_near(self, step: PlanStep) -> float:
        """About how many rows reach a b-tree: the largest loop that feeds it."""
        most, waiting, seen = 0.0, [step.parent], {step.parent}
        if step.kind == "COMPOUND_TEMP":
            waiting = [s.id for s in self.steps if step.parent in {s.id, s.parent}]
            seen = set(waiting)
        while waiting:
            parent = waiting.pop()
            for inner in (step for step in self.steps if step.parent == parent):
                rows, further = self._feeds(inner)
                most = max(most, rows)
                waiting += [place for place in further if place not in seen]
                seen.update(further)
        return most

    def _feeds(self, step: PlanStep) -> tuple[float, list[int]]:
        """Rows one line brings by itself, and the ids below which more of them come from."""
        loop = next((item for item in self.loops if item.step is step), None)
        if loop is None:
            return 0.0, [step.id] if step.kind in GROUPING else []
        if loop.is_base:
            return loop.rows_each_time() or 0.0, []
        return 0.0, self._inside(step.object)

    def _inside(self, name: str) -> list[int]:
        """Ids of everything below the co-routine or materialized result of that name."""
        found = {s.id for s in self.steps if s.kind in OBJECTS and s.detail == name}
        if not found:
            return []
        for step in self.steps:
            if step.parent in found:
                found.add(step.id)
        return list(found)

    def under_loop(self, step: PlanStep) -> bool:
        """Whether a loop around a subquery may have more than one row."""
        around = self.siblings(step.parent)
        return not around or any(not loop.finds_one() for loop in around)

    def inside(self, step: PlanStep) -> list[Loop]:
        """The loops anywhere below a subquery's line."""
        found = {step.id}
        for other in self.steps:
            if other.parent in found:
                found.add(other.id)
        return [loop for loop in self.loops if loop.step.id in found]


def planned_statement(
    steps: tuple[PlanStep, ...], sql: str, facts: DatabaseFacts
) -> PlannedStatement:
    """Put a plan together with its SQL and what is known of the database."""
    parents = {step.id: step for step in steps}
    names = frozenset(
        name.lower()
        for table in facts.tables.values()
        for name in (table.name, *(index.name for index in table.indexes))
    )
    scopes = sqlite_views.with_views(query_shape.scopes(sql), facts.views) if sql else ()
    made = {step.detail.lower() for step in steps if step.kind in OBJECTS}
    positions: dict[int, int] = {}
    loops: list[Loop] = []
    taken: set[tuple[int, str]] = set()
    for step in steps:
        if step.kind == "MULTI_INDEX_OR":
            positions[step.parent] = positions.get(step.parent, 0) + 1
        if not step.is_loop:
            continue
        position = positions.get(step.parent, 0)
        positions[step.parent] = position + 1
        beside = {_alias(s) for s in steps if s.is_loop and s.parent == step.parent}
        scope, item = _place(step, scopes, beside, taken)
        table, base = _table(step, item, facts, made)
        before = {_alias(loop.step) for loop in loops if loop.step.parent == step.parent}
        known = facts.table(table) if base else None
        loop = Loop(
            step=step,
            table=known.name if known else table,
            is_base=base,
            facts=known,
            position=position,
            in_correlated=_in_correlated(step, parents),
            scope=scope,
            item=item,
            usable=(),
            names=names,
        )
        loops.append(_with_terms(loop, before, facts))
    return PlannedStatement(steps, facts, tuple(loops), scopes)


def tables_read(steps: tuple[PlanStep, ...], sql: str, facts: DatabaseFacts) -> dict[int, str]:
    """Step id → the table it reads, with aliases resolved."""
    return {
        loop.step.id: loop.table
        for loop in planned_statement(steps, sql, facts).loops
        if loop.is_base
    }


def _alias(step: PlanStep) -> str:
    """What the query calls it, lower case; SQLite prints `main.t` where that was written."""
    return step.object.lower().removeprefix("main.")


def _place(
    step: PlanStep, scopes: Iterable[SelectScope], beside: set[str], taken: set[tuple[int, str]]
) -> tuple[SelectScope | None, FromItem | None]:
    """The FROM item a loop reads: the one of that alias whose neighbours are also beside it."""
    name = _alias(step)
    found = [
        (number, scope, item)
        for number, scope in enumerate(scopes)
        for item in scope.items
        if item.alias == name
    ]
    if not found:
        return None, None
    number, scope, item = max(
        found,
        key=lambda place: (
            sum(1 for other in place[1].items if other.alias in beside),
            (place[0], name) not in taken,
            -place[0],
        ),
    )
    taken.add((number, name))
    return scope, item


def _table(
    step: PlanStep, item: FromItem | None, facts: DatabaseFacts, made: set[str]
) -> tuple[str, bool]:
    """The name of what a loop reads, and whether that is a table of the database."""
    name = step.table or (item.table if item else "") or step.object.removeprefix("main.")
    if step.object.lower() in made or step.object.startswith("(") or "CONSTANT ROW" in step.object:
        return name, False
    if facts.tables:
        known = facts.table(name)
        return name, known is not None and not known.virtual
    return name, not step.virtual


def _in_correlated(step: PlanStep, parents: dict[int, PlanStep]) -> bool:
    above, seen = parents.get(step.parent), 0
    while above is not None and seen < len(parents):
        if above.correlated:
            return True
        above, seen = parents.get(above.parent), seen + 1
    return False


def _with_terms(loop: Loop, before: set[str], facts: DatabaseFacts) -> Loop:
    """Add the conditions that could narrow this loop, given what the loops outside it provide."""
    scope, item = loop.scope, loop.item
    if scope is None or item is None or scope.has_right_join():
        return loop
    columns = columns_of(scope, facts)
    every = query_terms.terms(scope, columns)
    mine = [term for term in every if term.alias == item.alias]
    narrowed = {term.alias for term in every if not term.others and term.use in NARROWING}
    reachable = [term for term in mine if term.others <= (before | columns.outer)]
    bare = {
        column.lower()
        for index in (loop.facts.indexes if loop.facts else ())
        for column in index.columns[:1]
        if column
    }
    rowids = rowid_names(loop.facts) if loop.facts else set()
    rewrites = [(term, found) for term in reachable if (found := rewrite(term, bare, rowids))]
    kept = [term for term in reachable if all(term is not other for other, _ in rewrites)]
    return replace(
        loop,
        usable=tuple(term for term in kept if term.use in {"equality", "range"}),
        defeated=tuple(term for term in kept if term.is_expression and _names(term.column) & bare),
        rewrites=tuple(rewrites),
        unserved_likes=tuple(
            term
            for term in reachable
            if term.use == "like" and not term.is_expression and _is_prefix(term.pattern)
            if not _ignores_case(loop.facts, term.column)
        ),
        arms=tuple(term for term in reachable if term.use == "arm"),
        hidden=tuple(term for term in reachable if term.use == "hidden"),
        joined=tuple(
            term
            for term in mine
            if term.use == "equality" and term.others and term not in reachable
            if term.others <= narrowed and not term.is_expression
        ),
        wildcards=tuple(
            term
            for term in reachable
            if term.use == "like" and not term.is_expression and term.pattern[:1] in {"%", "_"}
        ),
    )


def columns_of(scope: SelectScope, facts: DatabaseFacts) -> Columns:
    """Who owns which column in a scope."""
    by_alias = {}
    for item in scope.items:
        known = facts.table(item.table)
        names = frozenset(name.lower() for name in known.columns) if known else frozenset()
        by_alias[item.alias] = names
    outer: set[str] = set()
    around = scope.outer
    while around is not None:
        outer |= {item.alias for item in around.items}
        around = around.outer
    return Columns(by_alias, frozenset(outer))


def _names(expression: str) -> set[str]:
    return {name for token in query_shape.lex(expression) if (name := query_shape.name_of(token))}


def _is_prefix(pattern: str) -> bool:
    return pattern[:1] not in {"", "%", "_"}


def _ignores_case(facts: TableFacts | None, column: str) -> bool:
    """Whether an index on the column has the NOCASE collation LIKE needs."""
    return any(
        index.columns[:1] and (index.columns[0] or "").lower() == column
        for index in (facts.indexes if facts else ())
        if index.collations[:1] == ("NOCASE",)
    )
