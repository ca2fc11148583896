"""Subqueries that run once per row, and CTEs that hide a filter."""

import re
from collections.abc import Iterator

from studio.backends.plans.words import count, milliseconds, percent
from studio.backends.postgresql.plans.accounts import Account
from studio.backends.postgresql.plans.knowledge import quoted
from studio.backends.postgresql.plans.predicates import depends_on_query
from studio.backends.postgresql.plans.rules.base import Case, evidence
from studio.model.finding import Finding, Severity

NUMBERED = re.compile(r"SubPlan ([0-9]{1,9})")
HASHED = re.compile(r"hashed SubPlan ([0-9]{1,9})")


def correlated_subplan(case: Case) -> Iterator[Finding]:
    """A subquery evaluated anew for every row."""
    for account in _called_often(case):
        node = account.node
        calls = node.actual.loops if node.actual else 0.0
        materialized = node.kind == "Materialize"
        yield Finding(
            id="subplan_not_hashed" if materialized else "correlated_subplan",
            path=node.path,
            severity=Severity.WARNING,
            says=f"{node.subplan} ran {count(calls)} times, "
            f"{milliseconds(account.wall_ms or 0.0)} in all.",
            cause="The list was too large to hash, so it is searched from the start for every row."
            if materialized
            else "It depends on the row outside and has no other way to be answered.",
            fix="Write NOT EXISTS (or EXISTS) instead of NOT IN (IN): it can be a join. A NULL in "
            "the list makes NOT IN return no row at all."
            if materialized
            else "Rewrite it as a JOIN, LATERAL or window function, or index the columns of its "
            "correlated condition.",
            doubt="More work_mem would let it be hashed."
            if materialized
            else "With few outer rows a correlated subquery is the cheapest way.",
            evidence=evidence(calls=calls),
            saves_ms=account.wall_ms or 0.0,
        )


def _called_often(case: Case) -> Iterator[Account]:
    for account in case.ran():
        node = account.node
        if node.relationship != "SubPlan" or node.actual is None or node.actual.loops < 100:
            continue
        if case.wall_share(account) >= 0.25 and not _is_hashed(case, account):
            yield account


def _is_hashed(case: Case, account: Account) -> bool:
    numbered = NUMBERED.search(account.node.subplan)
    host = case.analysis.accounts[account.parent].node if account.parent is not None else None
    if not numbered or host is None:
        return False
    return any(
        found == numbered[1] for text in host.conditions.values() for found in HASHED.findall(text)
    )


def cte_filter_after_materialize(case: Case) -> Iterator[Finding]:
    """A CTE computed whole, of which one reader keeps little."""
    for path, readers in case.analysis.readers.items():
        top = case.analysis.account(path).node
        if len(readers) != 1 or top.kind in {"Recursive Union", "ModifyTable"}:
            continue
        account = case.analysis.accounts[readers[0]]
        node = account.node
        kept, removed = node.rows_total, node.removed_total()
        condition = node.conditions.get("Filter", "")
        if removed < 10_000 or removed < 0.9 * (kept + removed) or depends_on_query(condition):
            continue
        name = top.subplan.removeprefix("CTE ")
        yield Finding(
            id="cte_filter_after_materialize",
            path=node.path,
            severity=Severity.WARNING,
            says=f"{name} was computed whole, then {percent(removed / (kept + removed))} of it "
            "thrown away.",
            cause=f"The filter cannot reach into a materialized CTE: {condition}.",
            fix=f"WITH {quoted(name)} AS NOT MATERIALIZED (…) -- or move the condition inside",
            doubt="A CTE with a volatile function, or FOR UPDATE, cannot be inlined.",
            evidence=evidence(removed=removed, kept=kept),
            saves_ms=account.wall_ms or 0.0,
        )


RULES = (correlated_subplan, cte_filter_after_materialize)
