"""How long a statement took, and how that is known, in a few words."""

from collections.abc import Iterator

from studio.backends.plans.words import milliseconds
from studio.backends.postgresql.plans.accounts import Analysis
from studio.backends.postgresql.plans.plan import Plan
from studio.model.words import plural


def headline(analysis: Analysis, client_ms: float | None = None) -> list[str]:
    """The words, most important first; `client_ms`: seen from here."""
    plan = analysis.plan
    if not plan.analyzed:
        nodes = len(analysis.accounts)
        return ["not executed: costs are estimates", plural(nodes, "node"), *plan.notes]
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
