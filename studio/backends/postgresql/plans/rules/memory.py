"""Work that did not fit into memory."""

from collections.abc import Iterator, Mapping

from studio.backends.plans.words import count, kilobytes
from studio.backends.postgresql.plans.accounts import Analysis
from studio.backends.postgresql.plans.plan import PlanNode, Worker
from studio.backends.postgresql.plans.rules.base import Case, evidence
from studio.model.finding import Finding, Severity

STORING = frozenset(
    ("CTE Scan", "Materialize", "WindowAgg", "Function Scan", "Table Function Scan")
)
PER_PROCESS = "work_mem is taken per node and per process; raise it for this statement only."


def sort_kb_on_disk(node: PlanNode) -> float:
    """Disk used by a sort, over the leader, its workers, and an incremental sort's groups."""
    parts: tuple[PlanNode | Worker, ...] = (node, *node.workers)
    disk = 0.0
    for part in parts:
        if part.extra.get("Sort Space Type") == "Disk":
            disk += part.figure("Sort Space Used")
        for groups in ("Full-sort Groups", "Pre-sorted Groups"):
            disk += _peak_on_disk(part.extra.get(groups))
    return disk


def _peak_on_disk(groups: object) -> float:
    space = groups.get("Sort Space Disk") if isinstance(groups, Mapping) else None
    peak = space.get("Peak Sort Space Used") if isinstance(space, Mapping) else None
    return float(peak) if isinstance(peak, int | float) else 0.0


def spilled(node: PlanNode) -> bool:
    """Whether a sort, hash or aggregate used the disk."""
    return (
        sort_kb_on_disk(node) > 0
        or node.figure("Hash Batches") > 1
        or node.figure_with_workers("Disk Usage") > 0
    )


def sort_spill(case: Case) -> Iterator[Finding]:
    """A sort that went to disk."""
    for account in case.executed("Sort", "Incremental Sort"):
        node = account.node
        disk = sort_kb_on_disk(node)
        if not disk:
            continue
        memory = setting(case.analysis, "work_mem")
        yield Finding(
            id="sort_spill",
            path=node.path,
            severity=Severity.WARNING,
            says=f"The sort wrote {kilobytes(disk)} to disk{memory}.",
            cause=f"Sorting in memory may need two to three times that, about "
            f"{kilobytes(disk * 2.5)}.",
            fix=f"SET LOCAL work_mem = '{power_of_two_mb(disk * 2.5)}MB'; "
            "-- or an index in this order, or a LIMIT",
            doubt=f"A merge on a fast disk can be as quick. {PER_PROCESS}",
            evidence=evidence(kb=disk),
            saves_ms=account.self_ms or 0.0,
        )


def setting(analysis: Analysis, name: str) -> str:
    """`, work_mem 1MB`, when the plan tells it."""
    value = analysis.plan.settings.get(name)
    return f", {name} {value}" if value else ""


def power_of_two_mb(kilobytes_needed: float) -> int:
    """The next power of two in megabytes, at most 64 GB."""
    megabytes = 1
    while megabytes * 1024 < kilobytes_needed and megabytes < 65536:
        megabytes *= 2
    return megabytes


def hash_spill(case: Case) -> Iterator[Finding]:
    """A hash table split into batches on disk."""
    for account in case.executed("Hash"):
        node = account.node
        batches = node.figure("Hash Batches")
        if batches <= 1:
            continue
        original = node.figure("Original Hash Batches") or batches
        grew = batches > original
        multiplier = _multiplier(case.analysis)
        needed = node.figure("Peak Memory Usage") * batches / multiplier
        yield Finding(
            id="hash_spill",
            path=node.path,
            severity=Severity.WARNING,
            says=f"The hash table was split into {count(batches)} batches on disk"
            f"{setting(case.analysis, 'work_mem')}.",
            cause=f"It grew from {count(original)} at run time: this side was underestimated."
            if grew
            else f"It needs about {kilobytes(needed * multiplier)} in memory.",
            fix=f"SET LOCAL work_mem = '{power_of_two_mb(needed)}MB';",
            doubt=f"hash_mem_multiplier {multiplier:g} assumed (1 up to 14). {PER_PROCESS}",
            evidence=evidence(batches=batches, original=original, needed_kb=round(needed)),
            saves_ms=_join_ms(case, account.parent) or account.self_ms or 0.0,
        )


def _multiplier(analysis: Analysis) -> float:
    try:
        return max(1.0, float(analysis.plan.settings.get("hash_mem_multiplier", "2")))
    except ValueError:
        return 2.0


def _join_ms(case: Case, join: int | None) -> float:
    """A spilled hash costs its join, which reads and writes the other side's batches."""
    return (case.analysis.accounts[join].self_ms or 0.0) if join is not None else 0.0


def agg_spill(case: Case) -> Iterator[Finding]:
    """A hash aggregate that went to disk."""
    for account in case.ran():
        node = account.node
        disk = node.figure_with_workers("Disk Usage")
        if not disk:
            continue
        yield Finding(
            id="agg_spill",
            path=node.path,
            severity=Severity.WARNING,
            says=f"Grouping wrote {kilobytes(disk)} to disk in "
            f"{count(node.figure_with_workers('HashAgg Batches'))} batches"
            f"{setting(case.analysis, 'work_mem')}.",
            cause="There were more groups than memory for them, or more than the planner thought.",
            fix=f"SET LOCAL work_mem = '{power_of_two_mb(disk * 2)}MB';",
            doubt=f"Better statistics may choose a sorted plan instead. {PER_PROCESS}",
            evidence=evidence(kb=disk),
            saves_ms=account.self_ms or 0.0,
        )


def temp_io(case: Case) -> Iterator[Finding]:
    """Rows kept aside on disk by a node that is no sort and no hash."""
    for account in case.ran():
        node = account.node
        if not _stores(node) or spilled(node):
            continue
        blocks = case.analysis.self_buffers(account, "temp_written")
        if blocks < 128:
            continue
        function = node.kind in {"Function Scan", "Table Function Scan"}
        yield Finding(
            id="temp_io",
            path=node.path,
            severity=Severity.WARNING,
            says=f"{node.label} wrote {kilobytes(blocks * 8)} of temporary data.",
            cause="A function in FROM is always kept whole before it is read."
            if function
            else "What it keeps aside did not fit into work_mem.",
            fix="Put the function into the SELECT list or a LATERAL join."
            if function
            else f"SET LOCAL work_mem = '{power_of_two_mb(blocks * 8 * 2)}MB'; -- or fewer columns",
            doubt=PER_PROCESS,
            evidence=evidence(blocks=blocks),
            saves_ms=account.self_ms or 0.0,
        )


def _stores(node: PlanNode) -> bool:
    if node.kind == "Aggregate":
        return "Grouping Sets" in node.extra and node.strategy in {"Sorted", "Mixed"}
    return node.kind in STORING or node.kind == "Recursive Union"


RULES = (sort_spill, hash_spill, agg_spill, temp_io)
