"""What concerns a statement as a whole: caches, triggers, JIT, planning, workers."""

from collections.abc import Iterator

from studio.backends.plans.words import count, kilobytes, milliseconds, percent
from studio.backends.postgresql.plans import foreign_key_hints
from studio.backends.postgresql.plans.plan import PlanNode, TriggerTime
from studio.backends.postgresql.plans.rules.base import Case, evidence
from studio.model.finding import Finding, IndexHint, Severity
from studio.model.words import plural

LOOKUP = "RI_ConstraintTrigger_c_"
"""Begins the names of the triggers on the referencing side of a foreign key."""
DISABLED_COST = 1e10
"""What PostgreSQL up to 17 adds to the cost of a path that enable_* has switched off."""


def cache_misses(case: Case) -> Iterator[Finding]:
    """Most blocks came from outside shared_buffers."""
    root = case.analysis.plan.root
    buffers = root.buffers
    if not root.executed or buffers is None or buffers.shared_read < 1_000:
        return
    read, hit = buffers.shared_read, buffers.shared_hit
    if read < 0.5 * (read + hit) or _would_stay_cold(case, read):
        return
    yield Finding(
        id="cache_misses",
        path=None,
        severity=Severity.WARNING,
        says=f"{kilobytes(read * 8)} were read from outside shared_buffers "
        f"({percent(read / (read + hit))} of all blocks).",
        cause="The cache was cold, or the data is larger than the cache.",
        fix="Run it again warm before tuning, and compare both.",
        doubt="They may still come from the operating system's cache; without track_io_timing "
        "nobody knows how long reading took.",
        evidence=evidence(read=read, hit=hit),
        saves_ms=root.figure("I/O Read Time") or root.figure("Shared I/O Read Time"),
    )


def _would_stay_cold(case: Case, read: float) -> bool:
    """Whether running it again changes nothing: a table above a quarter of shared_buffers is read
    through a ring of 256 kB, and never stays.
    """
    for account in case.executed("Seq Scan"):
        own = case.analysis.self_buffers(account, "shared_read")
        blocks = own + case.analysis.self_buffers(account, "shared_hit")
        cached = case.known.shared_buffers
        if own >= 0.5 * read and cached and blocks > cached / 4:
            return True
    return False


def jit_overhead(case: Case) -> Iterator[Finding]:
    """Compiling took a good part of the time."""
    jit = case.analysis.plan.jit
    if jit is None or not case.analysis.plan.analyzed:
        return
    gathers = [account.node for account in case.executed("Gather", "Gather Merge")]
    processes = 1 + max((node.figure("Workers Launched") for node in gathers), default=0.0)
    each = jit.total_ms / processes
    if each < 10 or case.analysis.share(each) < 0.25:
        return
    yield Finding(
        id="jit_overhead",
        path=None,
        severity=Severity.WARNING,
        says=f"JIT took {milliseconds(jit.total_ms)} for {count(jit.functions)} functions, about "
        f"{percent(min(1.0, case.analysis.share(each)))} of the time.",
        cause="The plan's cost passed jit_above_cost, its run was too short to pay it back.",
        fix="SET jit = off; -- or raise jit_above_cost",
        doubt="The time is summed over processes. Costs far too high make JIT start: look at the "
        "estimates, and at the number of partitions.",
        evidence=evidence(ms=jit.total_ms, processes=processes),
        saves_ms=each,
    )


def trigger_time(case: Case) -> Iterator[Finding]:
    """Triggers that take a good part of the time."""
    for trigger in case.analysis.plan.triggers:
        ms = trigger.ms or 0.0
        if ms < 1 or case.analysis.share(ms) < 0.25:
            continue
        name = trigger.constraint or trigger.name
        yield Finding(
            id="fk_trigger_time" if trigger.constraint else "trigger_time",
            path=None,
            severity=Severity.WARNING,
            says=f"{name} took {milliseconds(ms)} in {count(trigger.calls)} calls.",
            cause=_trigger_cause(trigger),
            fix=_trigger_fix(case, trigger),
            doubt="A constraint trigger need not be a foreign key; the check may also wait for a "
            "lock."
            if trigger.constraint
            else "Its statements may be slow for reasons of their own.",
            evidence=evidence(name=name, ms=ms, calls=trigger.calls),
            saves_ms=ms,
        )


def _is_lookup(trigger: TriggerTime) -> bool:
    """Whether it looks new rows up by the referenced key, which always has its index."""
    return trigger.name.startswith(LOOKUP)


def _trigger_cause(trigger: TriggerTime) -> str:
    if not trigger.constraint:
        return "The trigger's own work, once per row or statement."
    if _is_lookup(trigger):
        return "Each new row is looked up, and share-locked, in the table it references."
    return "Checking the foreign key finds the referencing rows without an index."


def _trigger_fix(case: Case, trigger: TriggerTime) -> str:
    if not trigger.constraint:
        return (
            "Look inside the trigger function (auto_explain.log_nested_statements); a "
            "statement trigger with transition tables does the work once."
        )
    if _is_lookup(trigger):
        return (
            "For a bulk load: drop the constraint, load, add it again NOT VALID, then "
            "VALIDATE CONSTRAINT checks all rows with one join."
        )
    return _foreign_key_fix(case, trigger)


def foreign_key_hint(case: Case, trigger: TriggerTime) -> IndexHint | None:
    """The index a foreign key's check would use, as far as it can be told."""
    if _is_lookup(trigger):
        return None
    root = case.analysis.plan.root
    referenced = trigger.relation or root.relation
    return foreign_key_hints.for_foreign_key(
        trigger.constraint or "", referenced, root.schema, case.known
    )


def _foreign_key_fix(case: Case, trigger: TriggerTime) -> str:
    hint = foreign_key_hint(case, trigger)
    literal = (trigger.constraint or "").replace("'", "''")
    asks = (
        "SELECT conrelid::regclass, pg_get_constraintdef(oid) FROM pg_constraint "
        f"WHERE conname = '{literal}';"
    )
    return f"{hint.sql}\n-- {hint.doubt}\n{asks}" if hint else asks


def planning_dominates(case: Case) -> Iterator[Finding]:
    """Planning took longer than running."""
    planning, execution = case.analysis.plan.planning_ms, case.analysis.plan.execution_ms
    if planning is None or execution is None or planning < 1 or planning <= execution:
        return
    yield Finding(
        id="planning_dominates",
        path=None,
        severity=Severity.WARNING,
        says=f"Planning took {milliseconds(planning)}, running {milliseconds(execution)}.",
        cause="Many partitions or joins to consider, or a cold catalog on the first run.",
        fix="Prepare the statement; fewer partitions; lower join_collapse_limit.",
        doubt="Run it twice: the first statement of a session also reads the catalog.",
        evidence=evidence(planning_ms=planning, execution_ms=execution),
        saves_ms=planning,
    )


def workers_not_launched(case: Case) -> Iterator[Finding]:
    """Parallel workers that were planned and not to be had."""
    for account in case.executed("Gather", "Gather Merge"):
        node = account.node
        planned, launched = node.figure("Workers Planned"), node.figure("Workers Launched")
        if launched >= planned or "Workers Launched" not in node.extra:
            continue
        yield Finding(
            id="workers_not_launched",
            path=node.path,
            severity=Severity.WARNING,
            says=f"{count(planned)} workers were planned, {count(launched)} ran.",
            cause="max_parallel_workers or max_worker_processes was used up.",
            fix="SHOW max_parallel_workers; SHOW max_worker_processes;",
            doubt="The plan was costed for all of them; on a busy server another may be better.",
            evidence=evidence(planned=planned, launched=launched),
            saves_ms=(account.wall_ms or 0.0) * (1 - (launched + 1) / (planned + 1)),
        )


def disabled_node(case: Case) -> Iterator[Finding]:
    """A path that was used although a setting forbids it."""
    for account in case.analysis.accounts:
        node = account.node
        if not _is_disabled(node) or any(_is_disabled(child) for child in node.children):
            continue
        named = [name for name in case.analysis.plan.settings if name.startswith("enable_")]
        yield Finding(
            id="disabled_node",
            path=node.path,
            severity=Severity.WARNING,
            says=f"{node.label} was used although it is disabled.",
            cause="An enable_* setting is off, and there is no other way to answer.",
            fix="\n".join(f"RESET {name};" for name in named) or "SHOW ALL; -- look for enable_*",
            doubt="Someone may have switched it off to test a plan.",
            evidence=evidence(cost=node.estimate.total_cost if node.estimate else 0.0),
            saves_ms=account.self_ms or 0.0,
        )


def _is_disabled(node: PlanNode) -> bool:
    if "Disabled" in node.extra:
        return node.extra["Disabled"] is True
    if node.estimate is None or node.estimate.startup_cost < DISABLED_COST:
        return False
    # A sort or hash of an enormous input starts late too, but by its input's cost.
    below = sum(child.estimate.total_cost for child in node.children if child.estimate)
    return node.estimate.startup_cost - below >= 0.5 * DISABLED_COST


def never_executed(case: Case) -> Iterator[Finding]:
    """Parts of the plan that did not have to run."""
    idle = [
        account
        for account in case.analysis.accounts
        if account.node.actual is not None
        and not account.node.executed
        and account.parent is not None
        and case.analysis.accounts[account.parent].node.executed
    ]
    if not idle:
        return
    yield Finding(
        id="never_executed",
        path=idle[0].node.path,
        severity=Severity.INFO,
        says=f"{plural(len(idle), 'part')} of the plan never ran.",
        cause="Nothing asked for their rows: an empty outer side, or partitions pruned at run "
        "time.",
        fix="They cost nothing.",
        doubt="Their estimates are unmeasured, not wrong.",
        evidence=evidence(count=len(idle)),
    )


RULES = (
    cache_misses,
    jit_overhead,
    trigger_time,
    planning_dominates,
    workers_not_launched,
    disabled_node,
    never_executed,
)
