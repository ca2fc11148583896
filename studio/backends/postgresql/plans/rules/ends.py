"""Where only an end of a table is wanted, or one row of many: what an index in order would give."""

import math
import re
from collections.abc import Iterator

from studio.backends.postgresql.plans import index_hints
from studio.backends.postgresql.plans.accounts import Account
from studio.backends.postgresql.plans.rules.base import (
    Case,
    evidence,
    own_share,
    rows_in_all,
    summed,
)
from studio.backends.postgresql.plans.rules.planned import rows_read
from studio.backends.postgresql.plans.sort_keys import comma_separated, own_columns, sort_columns
from studio.model.finding import Finding, IndexHint, Severity

LARGE = 10_000
"""Rows from which reading all of them for a few is worth a word."""
FEW = 0.01
"""The share of rows that is few."""
NARROWED = 0.1
"""The share of rows a filter keeps below which an index for the filter is advised."""
NARROW = 4
"""Columns up to which an index that holds them all is no second table."""
EXTREME = re.compile(r"(?:min|max)\((.+)\)", re.DOTALL)
PASSING = frozenset(("Gather", "Gather Merge"))
KEPT_SIDES = {
    "Inner": ("Outer", "Inner"),
    "": ("Outer", "Inner"),
    "Left": ("Outer",),
    "Right": ("Inner",),
}
"""Join type → sides whose order a nested loop that begins with them could keep."""


def min_max_scan(case: Case) -> Iterator[Finding]:
    """A whole table read for its least or greatest value."""
    for account in case.analysis.accounts:
        node = account.node
        if node.kind != "Aggregate" or node.strategy not in {"Plain", ""}:
            continue
        scan = _source(case, account)
        if scan is None or _is_narrowed(case, scan) or own_share(case, scan) < 0.1:
            continue
        calls = comma_separated(node.conditions.get("Output", ""))
        asked = [found[1] for call in calls if (found := EXTREME.fullmatch(call))]
        columns = own_columns(", ".join(asked), scan) if asked else []
        if len(asked) != len(calls) or not columns or _all(scan) < LARGE:
            continue
        hints = [
            hint
            for column in dict.fromkeys(columns)
            for hint in case.advise(scan, index_hints.for_columns(scan, [column], case.known))
        ]
        if hints:
            says = f"{scan.node.label} reads {_rows(scan)} rows for {' and '.join(calls)}."
            cause = "No index ends with that value, so every row is looked at."
            yield _finding("min_max_scan", case, scan, says, cause, _sql(hints))


def _source(case: Case, aggregate: Account) -> Account | None:
    """The one scan that feeds an aggregate, below what its workers do."""
    below = case.analysis.below(aggregate)
    while len(below) == 1 and below[0].node.kind in {*PASSING, "Aggregate"}:
        if below[0].node.kind == "Aggregate" and below[0].node.strategy not in {"Plain", ""}:
            return None
        below = case.analysis.below(below[0])
    return below[0] if len(below) == 1 and below[0].node.kind == "Seq Scan" else None


def _is_narrowed(case: Case, scan: Account) -> bool:
    """Whether a filter keeps so little that an index for it comes first."""
    if "Filter" not in scan.node.conditions:
        return False
    if scan.node.actual is None:
        return bool(scan.node.estimate) and _all(scan) < NARROWED * rows_read(case.known, scan)
    return scan.node.rows_total < NARROWED * (scan.node.rows_total + scan.node.removed_total())


def _all(account: Account) -> float:
    """Rows over all loops; an estimate that a LIMIT above has shortened as it was before."""
    if account.node.actual is None and account.node.estimate:
        return account.planned_rows * max(1.0, account.cost.runs)
    return rows_in_all(account)


def top_n_sort(case: Case) -> Iterator[Finding]:
    """All rows of a table sorted, to keep the first few."""
    for limit in case.analysis.accounts:
        sort = _below(case, limit, "Sort") if limit.node.kind == "Limit" else None
        inner = case.analysis.below(sort) if sort else []
        if sort is None or len(inner) != 1 or _all(inner[0]) < LARGE:
            continue
        # Each process sorts for itself and hands up as many: what the limit takes is wanted.
        fed = case.analysis.below(limit)[0]
        wanted = rows_in_all(fed) if fed.node.actual else _expected(limit, fed)
        found = _ordered(case, sort, inner[0])
        if found is None or wanted > FEW * _all(inner[0]):
            continue
        scan, hints = found
        if hints:
            says = (
                f"{_rows(inner[0])} rows are sorted to return {summed(fed.node, wanted)} of them."
            )
            cause = f"No index of {scan.node.relation} returns them in that order."
            yield _finding("top_n_sort", case, scan, says, cause, _sql(hints))


def _expected(limit: Account, fed: Account) -> float:
    """Rows that a limit takes of what is sorted by its estimate, those it skips included: that is
    the share of its cost that it pays.
    """
    asked, whole = limit.node.estimate, fed.node.estimate
    if asked is None or whole is None:
        return math.inf
    run = whole.total_cost - whole.startup_cost
    share = (asked.total_cost - whole.startup_cost) / run if run > 0 else 1.0
    return max(asked.rows, share * whole.rows)


def _below(case: Case, account: Account, kind: str) -> Account | None:
    below = case.analysis.below(account)
    while len(below) == 1 and below[0].node.kind in PASSING:
        below = case.analysis.below(below[0])
    return below[0] if len(below) == 1 and below[0].node.kind == kind else None


def _ordered(case: Case, sort: Account, top: Account) -> tuple[Account, list[IndexHint]] | None:
    """The table whose columns are sorted by, and the indexes with which reading could begin there
    and stop early; None where a join in between does not allow that.
    """
    key = sort.node.conditions.get("Sort Key", "")
    hints: list[IndexHint] = []
    here = top
    while here.node.kind != "Seq Scan":
        if here.node.kind in PASSING or here.node.kind == "Hash":
            sides = case.analysis.below(here)
            if len(sides) != 1:
                return None
            here = sides[0]
            continue
        found = _through(case, here, key)
        if found is None:
            return None
        here, more = found
        hints += more
    if _is_narrowed(case, here) or not (order := _sort_columns(key, here)):
        return None
    fixed = index_hints.fixed_columns(here, case.known)
    columns = [*fixed, *(column for column in order if column.split(" ")[0] not in fixed)]
    return here, [*case.advise(here, index_hints.for_columns(here, columns, case.known)), *hints]


def _through(case: Case, join: Account, key: str) -> tuple[Account, list[IndexHint]] | None:
    """The side of a join that holds the sorted table, and what the other side lacks to be found
    row by row.
    """
    sides = case.analysis.below(join)
    allowed = KEPT_SIDES.get(join.node.join_type, ())
    if join.node.kind not in {"Hash Join", "Nested Loop"} or len(sides) != 2:
        return None
    mine = next((side for side in sides if _holds(case, side, key)), None)
    if mine is None or mine.node.relationship not in allowed:
        return None
    other = sides[1 - sides.index(mine)]
    if join.node.kind == "Nested Loop":
        return (mine, []) if mine.node.relationship == "Outer" else None
    while other.node.kind in {"Hash", *PASSING}:
        (other, *_) = case.analysis.below(other)
    if not other.node.relation or not index_hints.joined_by_index(join, other, case.known):
        return None
    return mine, list(case.join_hints(join, other))


def _holds(case: Case, side: Account, key: str) -> bool:
    """Whether every sorted column is of one table below."""
    below = [
        side,
        *(a for a in case.analysis.accounts if a.node.path.startswith(f"{side.node.path}.")),
    ]
    return any(a.node.relation and _sort_columns(key, a) for a in below)


def _sort_columns(key: str, scan: Account) -> list[str]:
    return sort_columns(key, [scan.node.alias or scan.node.relation])


def distinct_sort(case: Case) -> Iterator[Finding]:
    """A whole table sorted, to keep the first row of each group."""
    for unique in case.analysis.accounts:
        sort = _below(case, unique, "Sort") if unique.node.kind == "Unique" else None
        scan = _below(case, sort, "Seq Scan") if sort else None
        if sort is None or scan is None or _all(scan) < LARGE or _is_narrowed(case, scan):
            continue
        order = _sort_columns(sort.node.conditions.get("Sort Key", ""), scan)
        shown = own_columns(unique.node.conditions.get("Output", ""), scan)
        bare = [column.split(" ")[0] for column in order]
        beside = [column for column in shown if column not in bare]
        kept = _last_unique(case, unique)
        few = beside and _all(kept) <= FEW * _all(scan)
        if not order or not shown or (not few and len({*shown, *bare}) > NARROW):
            continue
        including = f" INCLUDE ({', '.join(beside)})" if beside and not few else ""
        hints = index_hints.for_columns(scan, order, case.known, including)
        says = f"{_rows(scan)} rows are sorted to keep {summed(kept.node, _all(kept))}."
        cause = "The first row of each group is only known when all of them are in order."
        if hints and few:
            # By itself the index changes nothing: the statement has to ask in another way.
            yield _finding("distinct_sort", case, scan, says, cause, f"{_sql(hints)}\n{BY_GROUP}")
        elif case.advise(scan, hints):
            yield _finding("distinct_sort", case, scan, says, cause, _sql(hints))


def _last_unique(case: Case, unique: Account) -> Account:
    """The one that sees the rows of all processes: each of them first drops its own doubles."""
    for above in case.analysis.ancestors(unique):
        if above.node.kind == "Unique":
            return above
        if above.node.kind not in PASSING:
            break
    return unique


BY_GROUP = (
    "-- and ask for each group by itself: … FROM the groups g CROSS JOIN LATERAL (SELECT … WHERE "
    "the DISTINCT ON columns are g's ORDER BY the same LIMIT 1)"
)


def _rows(account: Account) -> str:
    return summed(account.node, _all(account))


def _sql(hints: list[IndexHint] | tuple[IndexHint, ...]) -> str:
    return "\n".join(dict.fromkeys(hint.sql for hint in hints))


def _finding(rule: str, case: Case, scan: Account, says: str, cause: str, fix: str) -> Finding:
    return Finding(
        id=rule,
        path=scan.node.path,
        severity=Severity.WARNING,
        says=f"{says[0].upper()}{says[1:]}",
        cause=cause,
        fix=fix,
        doubt="An index slows every write; for a statement run once a day it may be no gain.",
        evidence=evidence(read=_all(scan), cost=scan.cost.own),
        saves_ms=scan.self_ms or 0.0,
        estimated=not case.analysis.plan.analyzed,
    )


RULES = (min_max_scan, top_n_sort, distinct_sort)
