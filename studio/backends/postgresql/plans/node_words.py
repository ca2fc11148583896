"""What every drawing of a plan says of a node: its times, rows, estimate and condition."""

from studio.backends.plans.words import short
from studio.backends.postgresql.plans.accounts import Account
from studio.backends.postgresql.plans.plan import PlanNode

SHOWN_FACTOR = 2.0
"""Estimates closer than this are noise."""
NOT_RUN = "–"  # noqa: RUF001 - a dash, as the screens draw it
MAIN_CONDITIONS = (
    "Hash Cond",
    "Merge Cond",
    "Join Filter",
    "Index Cond",
    "Recheck Cond",
    "Filter",
    "Sort Key",
    "Group Key",
)


def factor_text(account: Account) -> str:
    """`↑98×` when there were more rows than estimated, `↓34×` when fewer."""
    factor = account.estimate_factor
    if not factor or factor < SHOWN_FACTOR:
        return ""
    arrow = "↑" if account.estimate_direction == "under" else "↓"
    return f"{arrow}{short(round(factor))}×"


def self_ms(account: Account) -> str:
    """`≈12.3`, a dash for what never ran."""
    if not account.node.executed:
        return NOT_RUN
    return f"{'≈' if account.approximate else ''}{account.self_ms or 0.0:,.1f}"


def rows(account: Account) -> str:
    """`est→actual`, of one loop; where nothing ran, `~est` of all processes."""
    node = account.node
    planned = short(node.estimate.rows) if node.estimate else "?"
    if node.actual is None:
        return f"~{short(account.planned_rows)}" if node.estimate else "~?"
    return f"{planned}→{short(node.actual.rows)}" if node.executed else f"{planned}→{NOT_RUN}"


def main_condition(node: PlanNode) -> str:
    """The one condition a line has room for; empty when there is none."""
    return next((node.conditions[key] for key in MAIN_CONDITIONS if key in node.conditions), "")
