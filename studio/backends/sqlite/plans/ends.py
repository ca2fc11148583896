"""Where only the ends of a table are wanted: its least and greatest value, or one page of it."""

from collections.abc import Iterator

from studio.backends.plans.words import count
from studio.backends.sqlite.plans import hints as sqlite_hints
from studio.backends.sqlite.plans import query_terms
from studio.backends.sqlite.plans.loop import Loop
from studio.backends.sqlite.plans.loops import MANY_ROWS, PlannedStatement, columns_of
from studio.backends.sqlite.plans.query_shape import SelectScope
from studio.backends.sqlite.plans.rule_base import Fixes, Weighted, weighted


def extremes(query: PlannedStatement, fixes: Fixes) -> Iterator[Weighted]:
    """max() or min() that looks at every row, though an index ends with its answer."""
    for loop in query.loops:
        rows = loop.rows or 0
        scope = loop.scope
        if scope is None or rows < MANY_ROWS or not loop.is_base:
            continue
        asked = query_terms.extremes(scope)
        one = loop.reads_all_for_extreme and len(asked) == 1
        fix = fixes.get(str(loop.step.id)) if one else _each_by_itself(query, loop, scope, fixes)
        if fix:
            yield weighted(
                "sqlite_min_max_scan",
                loop.step,
                f"{loop.table} ({count(rows)} rows) is read whole for "
                f"{' and '.join(call for call, _ in asked)}.",
                "No index begins with the column, so every value has to be looked at."
                if one
                else "Only a min() or max() that stands alone is found at the end of an index.",
                fix,
                "An index slows every write."
                if "CREATE INDEX" in fix
                else "The columns of the answer have other names then.",
                rows,
            )


def _each_by_itself(query: PlannedStatement, loop: Loop, scope: SelectScope, fixes: Fixes) -> str:
    """`SELECT min(a), max(a) FROM t` as one subquery each, with the indexes those need."""
    asked = query_terms.extremes(scope)
    of_all = loop.step.kind == "SCAN" and len(query.scopes) == 1 and len(scope.items) == 1
    if not of_all or len(asked) < 2 or set(scope.clauses) != {"select", "from"}:  # noqa: PLR2004 - one is found at once
        return ""
    source = query_terms.written(scope.clause("from"))
    instead = ", ".join(f"(SELECT {call} FROM {source})" for call, _ in asked)
    lacking = dict.fromkeys(column for _, column in asked if not loop.begins_index(column))
    creates = [sqlite_hints.created(loop, column) for column in lacking]
    if fixes.checks is not None and not fixes.checks.searches(creates, f"SELECT {instead}"):
        return ""
    return "\n".join((f"Write SELECT {instead}", *creates))


def offsets(query: PlannedStatement, fixes: Fixes) -> Iterator[Weighted]:
    """Rows read only to be skipped."""
    del fixes
    for scope in query.scopes:
        skipped = query_terms.skipped_rows(scope)
        inside = [loop for loop in query.loops if loop.scope is scope]
        most = max((loop.rows or 0 for loop in inside if loop.is_base), default=0)
        if skipped < MANY_ROWS or most < MANY_ROWS:
            continue
        yield weighted(
            "sqlite_big_offset",
            inside[0].step,
            f"{count(min(skipped, most))} rows are read only to be skipped.",
            "OFFSET reads everything it skips.",
            f"Page by key: {_by_key(query, scope, inside)}",
            "Keyset paging cannot jump to page n.",
            min(skipped, most),
        )


def _by_key(query: PlannedStatement, scope: SelectScope, inside: list[Loop]) -> str:
    """The page after the last row seen, by the order the statement has."""
    listed = query_terms.listed(scope.clause("order"), columns_of(scope, query.facts))
    if not listed or len({down for _, _, down in listed}) > 1 or len(inside) > 1:
        return "WHERE (sort_key, id) > (:last_sort_key, :last_id) ORDER BY sort_key, id LIMIT …"
    down = listed[0][2]
    names = [sqlite_hints.written(inside[0], column) for _, column, _ in listed]
    key = _key(inside[0])
    if key and not any(column in key for _, column, _ in listed):
        names += [sqlite_hints.written(inside[0], column) for column in key]
    order = ", ".join(f"{name}{' DESC' * down}" for name in names)
    values = [f":last_{number}" for number in range(1, len(names) + 1)]
    left, right = ", ".join(names), ", ".join(values)
    if len(names) > 1:
        left, right = f"({left})", f"({right})"
    return f"WHERE {left} {'<' if down else '>'} {right} ORDER BY {order} LIMIT …"


def _key(loop: Loop) -> tuple[str, ...]:
    """What tells rows of equal order apart: the primary key, or the rowid."""
    if loop.facts is None:
        return ()
    if loop.facts.primary_key:
        return tuple(name.lower() for name in loop.facts.primary_key)
    hidden = {name.lower() for name in loop.facts.columns}
    return () if loop.facts.without_rowid or "rowid" in hidden else ("rowid",)


RULES = (extremes, offsets)
