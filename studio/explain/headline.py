"""How long a statement took, and how that is known, in a few words."""

from collections.abc import Iterator

from studio.explain.report import Explained, SqliteExplained
from studio.explain.words import milliseconds
from studio.model.plan import Plan
from studio.model.query_plan import Actuals


def facts(shown: Explained | SqliteExplained, client_ms: float | None = None) -> list[str]:
    """The words of a headline, most important first; `client_ms`: seen from here."""
    if isinstance(shown, SqliteExplained):
        return ["not executed"] if shown.actuals is None else list(_measured(shown.actuals))
    plan = shown.analysis.plan
    if not plan.analyzed:
        nodes = len(shown.analysis.accounts)
        return ["not executed: costs are estimates", f"{nodes:,} nodes", *plan.notes]
    return [*_times(plan, client_ms), *plan.notes]


def _times(plan: Plan, client_ms: float | None) -> Iterator[str]:
    if plan.execution_ms is not None:
        yield f"executed {milliseconds(plan.execution_ms)}"
    if plan.planning_ms is not None:
        yield f"planned {milliseconds(plan.planning_ms)}"
    if client_ms is not None:
        yield f"{milliseconds(client_ms)} seen from here"
        yield "rolled back"
    if not plan.timed:
        yield "nodes not timed"


def _measured(actuals: Actuals) -> Iterator[str]:
    yield f"best run {milliseconds(actuals.wall_ms)}"
    yield f"{actuals.rows_returned:,} rows"
    if actuals.vm_steps is not None:
        yield f"{'' if actuals.exact else '≈'}{actuals.vm_steps:,} VM steps"
    if actuals.fullscan_steps is not None:
        yield f"{actuals.fullscan_steps:,} full-scan steps"
    if actuals.sorts:
        yield f"{actuals.sorts:,} sorts"
    if actuals.autoindex_rows:
        yield f"{actuals.autoindex_rows:,} rows into automatic indexes"
    yield from actuals.notes
