"""What a plan that did not run already shows: reading much to keep little, by the estimates.

The same ids as the measured findings, each marked as an estimate.
"""

from collections.abc import Iterator

from studio.backends.plans.words import count, percent
from studio.backends.postgresql.plans.accounts import Account
from studio.backends.postgresql.plans.costs import is_hashed
from studio.backends.postgresql.plans.knowledge import Knowledge
from studio.backends.postgresql.plans.predicates import only_subplans
from studio.backends.postgresql.plans.rules.base import Case, evidence, repeated
from studio.model.finding import Finding, Severity

PAGE = 8_168
"""Bytes of a page that rows can have."""
ROW_HEADER = 28
PER_ROW = 0.0125
"""cpu_tuple_cost and one operator, as everybody leaves them."""
DOUBT = "Nothing ran: these are the planner's guesses. Measure before building anything."


def rows_read(known: Knowledge, account: Account) -> float:
    """About how many rows one whole scan looks at: from the catalog, else from its cost."""
    node = account.node
    table = known.table(node.schema, node.relation)
    if table is not None and table.row_estimate is not None:
        return float(max(0, table.row_estimate))
    return _by_cost(account)


def _by_cost(account: Account) -> float:
    estimate = account.node.estimate
    if estimate is None:
        return 0.0
    # Processes read a page once, and share what is to be done for its rows.
    page_share = (ROW_HEADER + estimate.width) / PAGE
    each = page_share + PER_ROW / account.planned_processes
    return max(account.planned_rows, estimate.total_cost / each)


def rows_looked_at(known: Knowledge, account: Account) -> float:
    """About how many rows a scan looks at in all its runs."""
    if account.node.kind == "Seq Scan" and "Filter" in account.node.conditions:
        copies = 1.0 if account.node.parallel_aware else account.planned_processes
        return rows_read(known, account) * account.cost.runs * copies
    return account.planned_rows * account.cost.runs


def _share(case: Case, cost: float) -> float:
    whole = case.analysis.accounts[0].cost.whole
    return cost / whole if whole else 0.0


def seq_scan_filter(case: Case) -> Iterator[Finding]:
    """A whole table read to keep a tenth of it or less."""
    for account in case.planned("Seq Scan"):
        node, cost = account.node, account.cost
        condition = node.conditions.get("Filter", "")
        if not condition or only_subplans(condition) or "SubPlan" in condition:
            continue
        read = rows_read(case.known, account) * min(1.0, cost.runs)
        kept = account.planned_rows * min(1.0, cost.runs)
        if read < 10_000 or kept > 0.1 * read or _share(case, cost.own) < 0.1:
            continue
        if cost.runs >= 10 and repeated(case, account):
            continue
        yield Finding(
            id="seq_scan_filter",
            path=node.path,
            severity=Severity.WARNING,
            says=f"{node.label} is expected to read ~{count(read)} rows to keep "
            f"~{count(kept)} ({percent(_share(case, cost.own))} of the cost).",
            cause=f"No index was used for {condition}.",
            fix=case.index_fix(
                account, "Compare a bare column with a value, so that an index can serve it."
            ),
            doubt=DOUBT,
            evidence=evidence(kept=kept, read=read, cost=cost.own),
            estimated=True,
        )


def seq_scan_inner_loop(case: Case) -> Iterator[Finding]:
    """A table read from start to end once per outer row."""
    for account in case.planned("Seq Scan"):
        node, cost = account.node, account.cost
        each = rows_read(case.known, account)
        runs = cost.runs * account.planned_processes
        if runs < 10 or each < 50 or each * runs < 100_000:
            continue
        if _share(case, cost.whole) < 0.1 or not repeated(case, account):
            continue
        yield Finding(
            id="seq_scan_inner_loop",
            path=node.path,
            severity=Severity.WARNING,
            says=f"{node.label} is expected to be read ~{count(runs)} times, "
            f"~{count(each * runs)} rows in all ({percent(_share(case, cost.whole))} of the "
            "cost).",
            cause="It is the inner side of a loop, and no index finds the rows of one outer row.",
            fix=case.index_fix(account, "Index the column this table is joined on."),
            doubt=DOUBT,
            evidence=evidence(runs=runs, read=each * runs, cost=cost.whole),
            estimated=True,
        )


def index_filter_discards(case: Case) -> Iterator[Finding]:
    """An index walked in its order until a LIMIT has the rows that a filter lets through."""
    for account in case.planned("Index Scan"):
        node, cost = account.node, account.cost
        condition, table = (
            node.conditions.get("Filter", ""),
            case.known.table(node.schema, node.relation),
        )
        if not condition or "Index Cond" in node.conditions or table is None or not node.estimate:
            continue
        walked = (table.row_estimate or 0) * min(1.0, cost.runs)
        kept = account.planned_rows * min(1.0, cost.runs)
        if walked < 1_000 or kept > 0.5 * walked or not case.hints(account):
            continue
        yield Finding(
            id="index_filter_discards",
            path=node.path,
            severity=Severity.WARNING,
            says=f"{node.label} is expected to walk ~{count(walked)} rows of {node.index} to "
            f"keep ~{count(kept)}.",
            cause=f"The index does not hold what the filter asks: {condition}.",
            fix=case.index_fix(account, ""),
            doubt=DOUBT,
            evidence=evidence(kept=kept, read=walked, cost=cost.own),
            estimated=True,
        )


def correlated_subplan(case: Case) -> Iterator[Finding]:
    """A subquery to be answered anew for every row."""
    for account in case.planned():
        node, cost = account.node, account.cost
        runs = cost.runs * account.planned_processes
        if node.relationship != "SubPlan" or account.parent is None or runs < 100:
            continue
        host = case.analysis.accounts[account.parent].node
        if is_hashed(host, node) or _share(case, cost.whole) < 0.25 or cost.whole < 1_000:
            continue
        yield Finding(
            id="correlated_subplan",
            path=node.path,
            severity=Severity.WARNING,
            says=f"{node.subplan} is expected to run ~{count(runs)} times "
            f"({percent(_share(case, cost.whole))} of the cost).",
            cause="It is answered for one row outside at a time.",
            fix="Rewrite it as a JOIN, LATERAL or window function, or index the columns of its "
            "correlated condition.",
            doubt=DOUBT,
            evidence=evidence(calls=runs, cost=cost.whole),
            estimated=True,
        )


RULES = (seq_scan_filter, index_filter_discards, seq_scan_inner_loop, correlated_subplan)
