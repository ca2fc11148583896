"""Row estimates that were wrong where it mattered."""

import re
from collections.abc import Iterator

from studio.backends.plans.words import count
from studio.backends.postgresql.plans.accounts import Account
from studio.backends.postgresql.plans.knowledge import qualified
from studio.backends.postgresql.plans.plan import PlanNode
from studio.backends.postgresql.plans.predicates import Use, plain, terms
from studio.backends.postgresql.plans.rules.base import Case, evidence
from studio.backends.postgresql.plans.rules.memory import spilled
from studio.model.finding import Finding, Severity

WRONG = 10.0
JOINS = frozenset(("Nested Loop", "Hash Join", "Merge Join"))
SORTING = frozenset(("Sort", "Incremental Sort", "Hash", "Aggregate"))
APPENDS = frozenset(("Append", "Merge Append"))
SCANNING = frozenset(("Bitmap Heap Scan", "Bitmap Index Scan", "BitmapAnd", "BitmapOr"))
CUT_SHORT = frozenset(("Semi", "Anti", "Right Semi", "Right Anti"))
GUESSES = frozenset((1.0, 100.0, 1000.0))
"""Rows the planner assumes of a function that does not say."""


def row_misestimate(case: Case) -> Iterator[Finding]:
    """The lowest nodes whose row count was off ten times, where something above relied on it."""
    wrong = [account for account in case.analysis.accounts if _is_wrong(case, account)]
    paths = {account.node.path for account in wrong}
    for account in wrong:
        lowest = not any(path in paths for path in _fed_by(case, account))
        if lowest and _relied_on(case, account):
            yield _finding(case, account)


def _fed_by(case: Case, account: Account) -> list[str]:
    """The nodes whose rows this one passes on or combines."""
    below = [c.node.path for c in case.analysis.below(account) if _feeds(c.node)]
    if account.node.kind == "CTE Scan":
        here = case.analysis.places[account.node.path]
        below += [path for path, who in case.analysis.readers.items() if here in who]
    return below


def _feeds(node: PlanNode) -> bool:
    return node.relationship not in {"InitPlan", "SubPlan"}


def _is_wrong(case: Case, account: Account) -> bool:
    """Ten times off, on enough rows, and not for a reason that makes the number meaningless.

    A wrong node below a right one does not count against nodes further up.
    """
    node = account.node
    if (account.estimate_factor or 0.0) < WRONG or node.actual is None or node.estimate is None:
        return False
    if max(node.actual.rows, node.estimate.rows) < 100:
        return False
    if any(not child.executed for child in node.children):
        return False
    if node.kind == "WorkTable Scan" or _is_brin(case, account):
        return False
    return not _in_append_or_recursion(case, account) and not _stopped_early(case, account)


def _is_brin(case: Case, account: Account) -> bool:
    """A BRIN index reports ten rows per page, whatever is on it."""
    if account.node.kind != "Bitmap Index Scan" or account.parent is None:
        return False
    heap = case.analysis.accounts[account.parent].node
    rounded = 0.5 * account.node.actual.loops if account.node.actual else 0.0
    lossy = heap.figure_with_workers("Lossy Heap Blocks")
    exact = heap.figure_with_workers("Exact Heap Blocks")
    return bool(lossy) and not exact and abs(account.node.rows_total - 10 * lossy) <= rounded


def _in_append_or_recursion(case: Case, account: Account) -> bool:
    below, direct = account, True
    for above in case.analysis.ancestors(account):
        if above.node.kind == "Recursive Union":
            return True
        if direct and above.node.kind in APPENDS and _feeds(below.node):
            return True
        direct = direct and above.node.kind in SCANNING
        below = above
    return False


def _stopped_early(case: Case, account: Account) -> bool:
    """Whether somebody above may have taken only part of an over-estimated node's rows."""
    if account.estimate_direction != "over":
        return False
    below, hops = account, 0
    while hops < len(case.analysis.accounts):
        hops += 1
        above = _taker(case, below)
        if above is None or _collects(above.node):
            return False
        if _stops_early(above.node):
            return True
        below = above
    return False


def _taker(case: Case, account: Account) -> Account | None:
    """Who takes a node's rows: its parent, or the only reader of a CTE."""
    if account.node.is_cte:
        readers = case.analysis.readers[account.node.path]
        return case.analysis.accounts[readers[0]] if len(readers) == 1 else None
    if account.parent is None or not _feeds(account.node):
        return None
    return case.analysis.accounts[account.parent]


def _stops_early(node: PlanNode) -> bool:
    return (
        node.kind in {"Limit", "Merge Join"}
        or node.join_type in CUT_SHORT
        or node.extra.get("Inner Unique") is True
    )


def _collects(node: PlanNode) -> bool:
    """Whether it reads all of its input before it returns a row."""
    if node.kind == "Aggregate":
        return node.strategy in {"Plain", "Hashed", "Mixed"}
    return node.kind in {"Sort", "Hash"}


def _relied_on(case: Case, account: Account) -> bool:
    """Whether a join above, or a sort, hash or aggregate above that spilled, used the rows."""
    waiting, seen = [account], {account.node.path}
    while waiting:
        below = waiting.pop()
        if below.node.is_cte:
            above = [case.analysis.accounts[p] for p in case.analysis.readers[below.node.path]]
        elif below.parent is None or not _feeds(below.node):
            continue
        else:
            above = [case.analysis.accounts[below.parent]]
            if above[0].node.kind in JOINS or (
                above[0].node.kind in SORTING and spilled(above[0].node)
            ):
                return True
        fresh = [item for item in above if item.node.path not in seen]
        seen.update(item.node.path for item in fresh)
        waiting.extend(fresh)
    return False


def _finding(case: Case, account: Account) -> Finding:
    node = account.node
    planned = node.estimate.rows if node.estimate else 0.0
    measured = node.actual.rows if node.actual else 0.0
    factor = account.estimate_factor or 0.0
    guessed = node.kind == "Function Scan" and planned in GUESSES
    return Finding(
        id="function_rows_estimate" if guessed else "row_misestimate",
        path=node.path,
        severity=Severity.WARNING,
        says=f"{node.label}: {count(planned)} rows expected, {count(measured)} came "
        f"({factor:,.0f} times {account.estimate_direction}).",
        cause=_guess_cause(node) if guessed else _cause(node),
        fix=_function_fix(node) if guessed else _fix(node),
        doubt="The plan may be the best one anyway; compare before and after.",
        evidence=evidence(err=round(factor, 1), dir=account.estimate_direction),
        saves_ms=_consumer_ms(case, account),
    )


def _consumer_ms(case: Case, account: Account) -> float:
    """The time of the nearest join above: what a better estimate could change."""
    for above in case.analysis.ancestors(account):
        if above.node.kind in JOINS:
            return above.wall_ms or 0.0
    return account.wall_ms or 0.0


def _guess_cause(node: PlanNode) -> str:
    return f"{node.extra.get('Function Name', 'The function')} does not say how many rows it gives."


def _function_fix(node: PlanNode) -> str:
    name, schema = str(node.extra.get("Function Name", "")), node.schema
    if not name or schema == "pg_catalog":
        return "Keep its rows in a temporary table and ANALYZE that before joining it."
    rows = max(1.0, node.actual.rows) if node.actual else 1.0
    function = qualified(schema, name)
    return f"ALTER FUNCTION {function} ROWS {rows:.0f}; -- or a support function"


def _equalities(node: PlanNode, *, expressions: bool = False) -> list[str]:
    """Columns compared with a value; else the `expressions` over them."""
    names = [node.alias or node.relation, node.relation]
    found = [
        term.column
        for key in ("Index Cond", "Recheck Cond", "Filter")
        for term in terms(node.conditions.get(key, ""), names)
        if term.use is Use.EQUALITY and not term.joins and term.is_expression is expressions
    ]
    return list(dict.fromkeys(found))


def _cause(node: PlanNode) -> str:
    columns = _equalities(node)
    if len(columns) < 2 and (hidden := _equalities(node, expressions=True)):
        return f"Statistics of the columns tell nothing of {hidden[0]}: it needs its own."
    if len(columns) > 1:
        return f"The planner takes {', '.join(columns)} for independent; they may go together."
    return "Statistics are old, too coarse, or cannot see through the condition."


def _statistics_name(node: PlanNode, columns: list[str]) -> str:
    """PostgreSQL makes one up from 16 on only."""
    words = "_".join((node.relation, *map(plain, columns), "stat"))
    return qualified(node.schema, re.sub(r"\W+", "_", words)[-60:].lstrip("_"))


def _fix(node: PlanNode) -> str:
    if not node.relation:
        return "ANALYZE the tables below; CREATE STATISTICS for columns that go together."
    table, columns = qualified(node.schema, node.relation), _equalities(node)
    lines = [f"ANALYZE {table};"]
    if len(columns) > 1:
        listed, name = ", ".join(columns[:8]), _statistics_name(node, columns)
        lines.insert(0, f"CREATE STATISTICS {name} (dependencies, mcv) ON {listed} FROM {table};")
    elif hidden := _equalities(node, expressions=True):
        # ANALYZE keeps nothing of an expression by itself.
        name = _statistics_name(node, ["expression"])
        lines.insert(0, f"CREATE STATISTICS {name} ON ({hidden[0]}) FROM {table}; -- from 14 on")
    elif columns:
        lines.append(f"ALTER TABLE {table} ALTER COLUMN {columns[0]} SET STATISTICS 1000;")
    return "\n".join(lines)


RULES = (row_misestimate,)
