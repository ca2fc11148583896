"""Time of a statement that is in none of its nodes, or in several: the rows beside the tree."""

from dataclasses import dataclass
from operator import itemgetter

from studio.backends.postgresql.plans.accounts import Analysis


@dataclass(frozen=True, slots=True)
class TimeRow:
    """Time of the statement that is in no node, or that a node's time contains."""

    what: str
    ms: float
    contained: bool
    """True: some node's time already includes it ("of which"); False: it comes on top."""


def rows_beside(analysis: Analysis) -> tuple[TimeRow, ...]:
    """Planning, triggers, JIT, serialization and the rest outside the root, as rows of their own.

    BEFORE triggers run inside ModifyTable and are listed again by the server; only as much trigger
    time as fits outside the root is taken to be AFTER triggers.
    """
    plan = analysis.plan
    rows = [] if plan.planning_ms is None else [TimeRow("Planning", plan.planning_ms, False)]
    outside = analysis.outside_root_ms or 0.0
    left = max(0.0, outside - analysis.after_root_ms)
    timed = [(trigger, trigger.ms) for trigger in plan.triggers if trigger.ms is not None]
    for trigger, ms in sorted(timed, key=itemgetter(1), reverse=True):
        after = ms <= left * 1.02 + 0.01
        name = trigger.constraint or trigger.name
        rows.append(TimeRow(f"Trigger {name} ×{trigger.calls:,.0f}", ms, not after))
        left = max(0.0, left - ms) if after else left
    if plan.jit:
        rows.append(TimeRow("JIT (sum over processes)", plan.jit.total_ms, True))
    if outside:
        rows.append(TimeRow("Start-up and shutdown", left, False))
    return tuple(rows)
