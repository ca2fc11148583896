"""Nested loops that run too often, and caches that do not help them."""

from collections.abc import Iterator

from studio.backends.plans.words import count, milliseconds, percent
from studio.backends.postgresql.plans.accounts import Account
from studio.backends.postgresql.plans.plan import PlanNode
from studio.backends.postgresql.plans.rules.base import Case, evidence, loops_per_process
from studio.model.finding import Finding, Severity


def nested_loop_many(case: Case) -> Iterator[Finding]:
    """An inner side run thousands of times."""
    for account in case.executed("Nested Loop"):
        inner = next((c for c in case.analysis.below(account) if _is_inner(c)), None)
        if inner is None or inner.node.kind == "Materialize" or hit_ratio(inner.node) >= 0.8:
            continue
        loops = inner.node.actual.loops if inner.node.actual else 0.0
        if loops < 1_000 or case.wall_share(inner) < 0.25:
            continue
        outer = next((c for c in case.analysis.below(account) if c is not inner), None)
        yield Finding(
            id="nested_loop_many",
            path=account.node.path,
            severity=Severity.WARNING,
            says=f"{inner.node.label} ran {count(loops)} times, "
            f"{milliseconds(inner.wall_ms or 0.0)} in all.",
            cause=_cause(outer),
            fix=_fix(case, inner, outer),
            doubt="A nested loop is right for few outer rows; a hash join needs memory.",
            evidence=evidence(loops=loops, per_process=loops_per_process(inner)),
            saves_ms=inner.wall_ms or 0.0,
        )


def _is_inner(account: Account) -> bool:
    return account.node.relationship == "Inner" and account.node.executed


def _underestimated(outer: Account | None) -> bool:
    return (
        outer is not None
        and outer.estimate_direction == "under"
        and (outer.estimate_factor or 0.0) >= 3
    )


def _cause(outer: Account | None) -> str:
    if outer is not None and _underestimated(outer):
        return (
            f"The planner expected {outer.estimate_factor:,.0f} times fewer outer rows, and a "
            "loop looked cheap."
        )
    return "Each outer row costs one run of the inner side."


def _fix(case: Case, inner: Account, outer: Account | None) -> str:
    if outer is not None and _underestimated(outer):
        return f"Mend the estimate of {outer.node.label} first (ANALYZE, CREATE STATISTICS)."
    return case.index_fix(
        inner, "A covering index for the inner side, or a hash join: compare enable_nestloop = off."
    )


def hit_ratio(node: PlanNode) -> float:
    """How often a Memoize had the answer; 0 for every other node."""
    hits, misses = (
        node.figure_with_workers("Cache Hits"),
        node.figure_with_workers("Cache Misses"),
    )
    return hits / (hits + misses) if node.kind == "Memoize" and hits + misses else 0.0


def join_filter_discards(case: Case) -> Iterator[Finding]:
    """Pairs of rows compared one by one and nearly all thrown away."""
    for account in case.executed("Nested Loop", "Hash Join", "Merge Join"):
        node = account.node
        removed, kept = node.removed_total("Join Filter"), node.rows_total
        if removed < 100_000 or removed < 0.9 * (removed + kept):
            continue
        if case.self_share(account) < 0.1:
            continue
        yield Finding(
            id="join_filter_discards",
            path=node.path,
            severity=Severity.WARNING,
            says=f"{count(removed + kept)} pairs were compared, {count(kept)} matched "
            f"({percent(kept / (removed + kept))}).",
            cause=f"The join condition is no key: {node.conditions.get('Join Filter', '')}.",
            fix="A range join: a range type with a GiST index (&&, @>). Conditions joined by OR: "
            "UNION of two joins. A plain equality: the missing index.",
            doubt="Small inputs are cheaper compared than indexed.",
            evidence=evidence(removed=removed, kept=kept),
            saves_ms=account.self_ms or 0.0,
        )


def memoize_ineffective(case: Case) -> Iterator[Finding]:
    """A cache in front of an inner side that seldom has the answer."""
    for account in case.executed("Memoize"):
        node = account.node
        misses = node.figure_with_workers("Cache Misses")
        thrown = node.figure_with_workers("Cache Evictions")
        thrown += node.figure_with_workers("Cache Overflows")
        if misses < 1_000 or case.wall_share(account) < 0.05:
            continue
        hits = hit_ratio(node)
        if hits >= 0.3 and thrown < misses / 2:
            continue
        yield Finding(
            id="memoize_ineffective",
            path=node.path,
            severity=Severity.WARNING,
            says=f"The cache had {percent(hits)} of the answers; {count(thrown)} entries were "
            "pushed out.",
            cause="The keys hardly repeat, or the cache is too small for them.",
            fix="SET LOCAL work_mem higher when entries are pushed out; otherwise compare "
            "enable_memoize = off.",
            doubt="Even a cold cache costs little next to the lookups themselves.",
            evidence=evidence(misses=misses, hit_ratio=round(hits, 3), evicted=thrown),
            saves_ms=account.self_ms or 0.0,
        )


RULES = (nested_loop_many, join_filter_discards, memoize_ineffective)
