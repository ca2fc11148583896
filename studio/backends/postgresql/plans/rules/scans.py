"""Scans that read many rows to keep few."""

from collections.abc import Iterator

from studio.backends.plans.words import count, milliseconds, percent
from studio.backends.postgresql.plans.accounts import Account
from studio.backends.postgresql.plans.knowledge import qualified
from studio.backends.postgresql.plans.plan import PlanNode
from studio.backends.postgresql.plans.predicates import calls_function, only_subplans
from studio.backends.postgresql.plans.rules.base import (
    Case,
    evidence,
    loops_per_process,
    repeated,
    summed,
)
from studio.backends.postgresql.plans.rules.partitions import unpruned
from studio.model.finding import Finding, Severity

READ_BY_INDEX = ("Index Scan", "Index Only Scan", "Bitmap Heap Scan")


def seq_scan_filter(case: Case) -> Iterator[Finding]:
    """A whole table read to keep a tenth of it or less."""
    spared = {child.path for above in unpruned(case) for child in above.node.children}
    for account in case.executed("Seq Scan"):
        node = account.node
        kept, removed = node.rows_total, node.removed_total()
        if kept + removed < 10_000 or removed < 0.9 * (kept + removed):
            continue
        if case.self_share(account) < 0.1 or node.path in spared:
            continue
        condition = node.conditions.get("Filter", "")
        if not condition or only_subplans(condition):
            continue
        yield Finding(
            id="seq_scan_filter",
            path=node.path,
            severity=Severity.WARNING,
            says=f"{node.label} read {summed(node, kept + removed)} rows to keep "
            f"{summed(node, kept)}.",
            cause=f"No index was used for {condition}.",
            fix=case.index_fix(
                account, "Compare a bare column with a value, so that an index can serve it."
            ),
            doubt="A scan is right when the table is small or most of it stays cached; an index "
            "slows writes.",
            evidence=evidence(kept=kept, removed=removed),
            saves_ms=account.self_ms or 0.0,
        )


def index_filter_discards(case: Case) -> Iterator[Finding]:
    """An index that finds many rows of which the filter keeps few."""
    for account in case.executed(*READ_BY_INDEX):
        node = account.node
        kept, removed = node.rows_total, node.removed_total()
        condition = node.conditions.get("Filter", "")
        if removed < 1_000 or removed < 0.5 * (kept + removed) or not condition:
            continue
        if case.self_share(account) < 0.1 or only_subplans(condition):
            continue
        via = f" through {node.index}" if node.index else ""
        replaced = {name for hint in case.hints(account) for name in hint.replaces}
        also = f"\n-- would make {', '.join(sorted(replaced))} unnecessary" if replaced else ""
        yield Finding(
            id="index_filter_discards",
            path=node.path,
            severity=Severity.WARNING,
            says=f"{node.label}{via} fetched {summed(node, kept + removed)} rows and threw "
            f"away {summed(node, removed)} of them ({percent(removed / (kept + removed))}).",
            cause=f"The index does not hold what the filter asks: {condition}.",
            fix=case.index_fix(account, "Add the filter's columns to the index.") + also,
            doubt="Other statements may need the old column order; an index wider than its use "
            "costs writes and cache.",
            evidence=evidence(kept=kept, removed=removed),
            saves_ms=account.self_ms or 0.0,
        )


def index_recheck_discards(case: Case) -> Iterator[Finding]:
    """An index that only approximates, with most of its answers wrong."""
    for account in case.executed(*READ_BY_INDEX):
        node = account.node
        kept, removed = node.rows_total, node.removed_total("Index Recheck")
        if removed < 1_000 or removed < 0.5 * (kept + removed):
            continue
        if node.figure_with_workers("Lossy Heap Blocks") or case.self_share(account) < 0.1:
            continue
        yield Finding(
            id="index_recheck_discards",
            path=node.path,
            severity=Severity.WARNING,
            says=f"{node.label} rechecked {count(kept + removed)} rows and threw away "
            f"{count(removed)}.",
            cause="This index type (GIN, trigram, GiST, hash) answers approximately.",
            fix="Ask for more: a longer pattern, another operator class, or a further condition.",
            doubt="The recheck may be cheap next to reading the rows.",
            evidence=evidence(removed=removed, kept=kept),
            saves_ms=account.self_ms or 0.0,
        )


def seq_scan_inner_loop(case: Case) -> Iterator[Finding]:
    """A table read from start to end once per outer row."""
    for account in case.executed("Seq Scan"):
        node = account.node
        scanned = node.rows_total + node.removed_total()
        loops = loops_per_process(account)
        if loops < 10 or scanned < 100_000 or case.wall_share(account) < 0.1:
            continue
        if node.parallel_aware or not repeated(case, account):
            continue
        yield Finding(
            id="seq_scan_inner_loop",
            path=node.path,
            severity=Severity.WARNING,
            says=f"{node.label} was read {count(loops)} times, {summed(node, scanned)} rows in "
            "all.",
            cause="It is the inner side of a loop, and no index finds the rows of one outer row.",
            fix=case.index_fix(account, "Index the column this table is joined on."),
            doubt="With few outer rows and a small table the loop is the cheapest way.",
            evidence=evidence(loops=loops, scanned=scanned),
            saves_ms=account.wall_ms or 0.0,
        )


def lossy_bitmap(case: Case) -> Iterator[Finding]:
    """A bitmap too large for work_mem, so whole pages had to be rechecked."""
    for account in case.executed("Bitmap Heap Scan"):
        node = account.node
        lossy = node.figure_with_workers("Lossy Heap Blocks")
        exact = node.figure_with_workers("Exact Heap Blocks")
        if not lossy or lossy < 0.1 * (lossy + exact) or _is_brin(account, exact, lossy):
            continue
        removed = node.removed_total("Index Recheck")
        yield Finding(
            id="lossy_bitmap",
            path=node.path,
            severity=Severity.WARNING,
            says=f"{count(lossy)} of {count(lossy + exact)} pages were kept as whole pages; "
            f"rechecking them threw away {count(removed)} rows.",
            cause="The bitmap did not fit into work_mem.",
            fix=f"SET LOCAL work_mem = '{_bitmap_memory(lossy + exact)}';",
            doubt="More memory is taken per process and per node; a narrower index condition may "
            "be the better cure.",
            evidence=evidence(lossy=lossy, exact=exact, recheck=removed),
            saves_ms=account.self_ms or 0.0,
        )


def _bitmap_memory(pages: float) -> str:
    """About 64 bytes per page of the bitmap, rounded up to a power of two, at least 4 MB."""
    megabytes = 4
    while megabytes * 1024 * 1024 < pages * 128 and megabytes < 1024:
        megabytes *= 2
    return f"{megabytes}MB"


def _is_brin(account: Account, exact: float, lossy: float) -> bool:
    """BRIN returns whole ranges by design: every page lossy, ten "rows" each."""
    if exact:
        return False
    below = [node for node in account.node.walk() if node.kind == "Bitmap Index Scan"]
    if any(str(node.extra.get("Access Method", "")).lower() == "brin" for node in below):
        return True
    return any(abs(node.rows_total - 10 * lossy) <= _rounded(node) for node in below)


def _rounded(node: PlanNode) -> float:
    """How far per-loop rows, rounded to whole ones, can be off in all."""
    loops = node.actual.loops if node.actual else 0.0
    return 0.5 * loops if loops > 1 else 0.0


def heap_fetches(case: Case) -> Iterator[Finding]:
    """An index-only scan that still had to visit the table."""
    for account in case.executed("Index Only Scan"):
        node = account.node
        fetches = node.figure_with_workers("Heap Fetches")
        if fetches < 1_000 or fetches < 0.1 * node.rows_total:
            continue
        yield Finding(
            id="heap_fetches",
            path=node.path,
            severity=Severity.WARNING,
            says=f"{count(fetches)} of {count(node.rows_total)} rows needed a visit to the table.",
            cause="The visibility map is out of date for those pages.",
            fix=f"VACUUM {qualified(node.schema, node.relation)};",
            doubt="It comes back where rows change often; a transaction left open keeps vacuum "
            "from helping. autovacuum_vacuum_insert_scale_factor governs append-only tables.",
            evidence=evidence(fetches=fetches, rows=node.rows_total),
            saves_ms=account.self_ms or 0.0,
        )


def foreign_filter_local(case: Case) -> Iterator[Finding]:
    """Rows fetched from another server only to be thrown away here."""
    for account in case.executed("Foreign Scan"):
        node = account.node
        kept, removed = node.rows_total, node.removed_total()
        if removed < 1_000 or removed < 0.5 * (kept + removed):
            continue
        yield Finding(
            id="foreign_filter_local",
            path=node.path,
            severity=Severity.WARNING,
            says=f"{count(kept + removed)} rows came over the wire, {count(removed)} were thrown "
            "away here.",
            cause=f"The filter was not sent along: {node.conditions.get('Filter', '')}.",
            fix="Use only functions and operators the remote server is known to have (built-in, "
            "immutable, or in the server option `extensions`), and the column's own collation.",
            doubt="use_remote_estimate may change the plan; a filter that cannot be shipped has "
            "to run here.",
            evidence=evidence(removed=removed, kept=kept),
            saves_ms=account.self_ms or 0.0,
        )


def expensive_filter_function(case: Case) -> Iterator[Finding]:
    """A function in a filter that takes most of a scan's time."""
    for account in case.ran():
        node = account.node
        condition = node.conditions.get("Filter", "")
        rows = node.rows_total + node.removed_total()
        if not condition or rows < 1_000 or case.self_share(account) < 0.25:
            continue
        micros = (account.self_ms or 0.0) * account.participants * 1000 / rows
        if micros < 5 or not calls_function(condition):
            continue
        yield Finding(
            id="expensive_filter_function",
            path=node.path,
            severity=Severity.WARNING,
            says=f"The filter took about {micros:.1f} µs per row over {count(rows)} rows "
            f"({milliseconds(account.self_ms or 0.0)}).",
            cause=f"It calls a function for every row: {condition}.",
            fix="Give the function its true COST, so that cheaper conditions run first; or keep "
            "its result in a generated column with an index.",
            doubt="The time may go into fetching wide values rather than into the function.",
            evidence=evidence(us_per_row=round(micros, 1), rows=rows),
            saves_ms=account.self_ms or 0.0,
        )


RULES = (
    seq_scan_filter,
    index_filter_discards,
    index_recheck_discards,
    seq_scan_inner_loop,
    lossy_bitmap,
    heap_fetches,
    foreign_filter_local,
    expensive_filter_function,
)
