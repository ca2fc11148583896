"""What every drawing of a plan says of a node: its guide, times, rows, estimate and condition."""

from collections.abc import Sequence

from studio.explain.arithmetic import Account
from studio.explain.words import short
from studio.model.plan import PlanNode

DEEPEST = 12
"""Levels drawn with guides; below, the depth is a number."""
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


def children_of(parents: Sequence[int | None]) -> list[list[int]]:
    """The lines right under each line."""
    found: list[list[int]] = [[] for _ in parents]
    for line, parent in enumerate(parents):
        if parent is not None:
            found[parent].append(line)
    return found


def guides(parents: Sequence[int | None]) -> tuple[list[str], list[int]]:
    """What each line begins with, and how deep it is."""
    children = children_of(parents)
    drawn, under, depth = [""] * len(parents), [""] * len(parents), [0] * len(parents)
    for line, parent in enumerate(parents):
        if parent is None:
            continue
        depth[line] = depth[parent] + 1
        if depth[line] > DEEPEST:
            drawn[line] = f"{'⋯':<{2 * DEEPEST}}{depth[line]}: "
            continue
        is_last = children[parent][-1] == line
        drawn[line] = under[parent] + ("└ " if is_last else "├ ")
        under[line] = under[parent] + ("  " if is_last else "│ ")
    return drawn, depth


def factor_text(account: Account) -> str:
    """`↑98×` when there were more rows than estimated, `↓34×` when fewer."""
    factor = account.estimate_factor
    if not factor or factor < SHOWN_FACTOR:
        return ""
    arrow = "↑" if account.estimate_direction == "under" else "↓"
    return f"{arrow}{short(round(factor))}×"


def self_cost(account: Account) -> float:
    """A node's own cost, about: its children's run once here, as the planner adds them."""
    estimate = account.node.estimate
    if estimate is None:
        return 0.0
    inner = sum(c.estimate.total_cost for c in account.node.children if c.estimate is not None)
    return max(0.0, estimate.total_cost - inner)


def self_ms(account: Account) -> str:
    """`≈12.3`, a dash for what never ran."""
    if not account.node.executed:
        return NOT_RUN
    return f"{'≈' if account.approximate else ''}{account.self_ms or 0.0:,.1f}"


def rows(account: Account) -> str:
    """`est→actual`, of one loop."""
    node = account.node
    planned = short(node.estimate.rows) if node.estimate else "?"
    if node.actual is None:
        return f"~{planned}"
    return f"{planned}→{short(node.actual.rows)}" if node.executed else f"{planned}→{NOT_RUN}"


def main_condition(node: PlanNode) -> str:
    """The one condition a line has room for; empty when there is none."""
    return next((node.conditions[key] for key in MAIN_CONDITIONS if key in node.conditions), "")
