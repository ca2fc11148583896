"""Where a plan's cost goes: every node's share of the root's, over all the runs planned for it.

The planner prints a node's cost for one run. What a nested loop reads once per outer row, what a
SubPlan answers once per row and what a recursion repeats is in the cost of the node above, many
times over. Shares are handed down from the root: no child gets more than its parent has, so the
own costs of all nodes add up to the root (explain/README.md, §1).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from studio.backends.postgresql.plans.plan import PlanNode

KEEPS_ROWS = frozenset(("Materialize", "Sort", "Hash"))
"""Run again, they give the rows they kept: what feeds them runs once."""
PER_ROW = 0.01
"""cpu_tuple_cost as everybody leaves it: a join's own work for a row it returns."""
ROUNDS = 10.0
"""What the planner assumes of a recursive union."""


@dataclass(frozen=True, slots=True)
class Share:
    """What one node costs in the whole plan."""

    whole: float
    """With everything below it."""
    own: float
    runs: float
    """About how often the planner expects it to run, as far as its cost tells; below 1 where a
    LIMIT stops it.
    """


@dataclass(frozen=True, slots=True)
class _Wish:
    """What a child would cost in all the runs of its parent."""

    cost: float
    repeated: bool
    """Within what is left when the others have theirs."""
    unknown: bool = False
    """As often as there is room for: a filter's SubPlan also ran for rows that were dropped."""


def shares(nodes: Sequence[PlanNode], children: Sequence[Sequence[int]]) -> list[Share]:
    """One share a node, in the plan's order (parents first); zeros where costs are missing."""
    count = len(nodes)
    whole, own = [0.0] * count, [0.0] * count
    runs, fills = [1.0] * count, [1.0] * count
    whole[0] = _total(nodes[0])
    for place, node in enumerate(nodes):
        inner = children[place]
        times = fills[place] if node.kind in KEEPS_ROWS else runs[place]
        wishes = [_wish(nodes, inner, node, child, times) for child in inner]
        kept = PER_ROW * _rows(node) * times if any(wish.repeated for wish in wishes) else 0.0
        for child, part in zip(inner, _granted(whole[place], wishes, kept), strict=True):
            whole[child] = part
            one = _total(nodes[child])
            runs[child] = part / one if one else times
            fills[child] = times if nodes[child].relationship == "Inner" else runs[child]
        own[place] = max(0.0, whole[place] - sum(whole[child] for child in inner))
    return [Share(*numbers) for numbers in zip(whole, own, runs, strict=True)]


def _total(node: PlanNode) -> float:
    return max(0.0, node.estimate.total_cost) if node.estimate else 0.0


def _rows(node: PlanNode | None) -> float:
    return max(1.0, node.estimate.rows) if node and node.estimate else 1.0


def _wish(
    nodes: Sequence[PlanNode], inner: Sequence[int], above: PlanNode, place: int, times: float
) -> _Wish:
    child = nodes[place]
    cost = _total(child) * times
    if child.relationship == "SubPlan" and not is_hashed(above, child):
        filtering = any(
            "SubPlan" in text for key, text in above.conditions.items() if key != "Output"
        )
        return _Wish(cost * _rows(above), True, filtering)
    if child.relationship == "Inner" and above.kind == "Nested Loop":
        outer = next((nodes[n] for n in inner if nodes[n].relationship == "Outer"), None)
        return _Wish(cost * _rows(outer), True)
    if child.relationship == "Inner" and above.kind == "Recursive Union":
        return _Wish(cost * ROUNDS, True)
    return _Wish(cost, False)


def is_hashed(above: PlanNode, child: PlanNode) -> bool:
    """Whether a SubPlan's rows are hashed once rather than asked for once per row."""
    name = child.subplan.split(" (", maxsplit=1)[0]
    marks = (f"hashed {name})", f"hashed {name} ")
    return any(mark in text for text in above.conditions.values() for mark in marks)


def _granted(room: float, wishes: Sequence[_Wish], kept: float) -> list[float]:
    """Those that run once first; the repeated within the rest, less what the parent keeps."""
    once = sum(wish.cost for wish in wishes if not wish.repeated)
    fits = min(1.0, room / once) if once else 1.0
    left = max(0.0, room - once * fits)
    left = max(0.0, left - kept) or left
    often = sum(wish.cost for wish in wishes if wish.repeated)
    unknown = any(wish.unknown for wish in wishes)
    factor = left / often if often and (unknown or often > left) else 1.0
    return [wish.cost * (factor if wish.repeated else fits) for wish in wishes]
