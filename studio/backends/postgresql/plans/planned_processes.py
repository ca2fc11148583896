"""By how many a planned node's rows are to be multiplied.

Below a Gather the planner prints those of one process. It divides a scan's rows by the workers, and
by what the leader has time for beside gathering: `get_parallel_divisor` in PostgreSQL's costsize.c.
"""

from collections.abc import Mapping, Sequence

from studio.backends.postgresql.plans.plan import PlanNode

GATHERS = frozenset(("Gather", "Gather Merge"))
LEADER_LOSES = 0.3
"""Of the leader's time, for each worker it gathers from."""


def planned_processes(
    nodes: Sequence[PlanNode],
    children: Sequence[Sequence[int]],
    parent: Sequence[int | None],
    settings: Mapping[str, str],
) -> list[float]:
    """One factor a node, in the plan's order (parents first): 1 for what has all its rows already,
    as a copy that every process builds for itself.
    """
    shares = _share_rows(nodes, children)
    has_leader = settings.get("parallel_leader_participation") != "off"
    among, factor = [1.0] * len(nodes), [1.0] * len(nodes)
    for place, above in enumerate(parent):
        if above is None:
            continue
        node, over = nodes[place], nodes[above]
        is_own = node.relationship in {"InitPlan", "SubPlan"}
        if over.kind in GATHERS and not is_own:
            among[place] = _divisor(over, has_leader=has_leader)
        elif node.relationship != "InitPlan":
            among[place] = among[above]
        if shares[place]:
            factor[place] = among[place]
        elif _is_repeated(node, over) or (over.kind not in GATHERS and not shares[above]):
            factor[place] = factor[above] if node.relationship != "InitPlan" else 1.0
    return factor


def _divisor(gather: PlanNode, *, has_leader: bool) -> float:
    workers = gather.figure("Workers Planned")
    if gather.extra.get("Single Copy") is True or workers < 1:
        return 1.0
    return workers + (max(0.0, 1.0 - LEADER_LOSES * workers) if has_leader else 0.0)


def _share_rows(nodes: Sequence[PlanNode], children: Sequence[Sequence[int]]) -> list[bool]:
    """Whether a node's rows are divided among processes: a parallel scan, and what it feeds."""
    shares = [node.parallel_aware for node in nodes]
    for place in range(len(nodes) - 1, -1, -1):
        if nodes[place].kind in GATHERS:
            shares[place] = False
        elif not shares[place]:
            shares[place] = any(
                shares[child] and nodes[child].relationship in {"Outer", "Member", "Subquery"}
                for child in children[place]
            )
    return shares


def _is_repeated(node: PlanNode, over: PlanNode) -> bool:
    """Whether it runs for each row of its parent's share."""
    if node.relationship == "SubPlan":
        return True
    return node.relationship == "Inner" and over.kind == "Nested Loop"
