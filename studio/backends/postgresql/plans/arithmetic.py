"""Where the time of a plan went: every node's own share, adding up to the root.

The server prints per-loop averages, sums over processes, and lists InitPlans and CTEs under nodes
that did not run them. `analyse` undoes all three, so the column of exclusive times is one a reader
can add up. The rules are §1 of the README in code.
"""

import re
from collections.abc import Iterable

from studio.backends.postgresql.plans.accounts import Account, Analysis, estimate_error
from studio.backends.postgresql.plans.costs import shares
from studio.backends.postgresql.plans.plan import Plan, PlanNode
from studio.backends.postgresql.plans.planned_processes import GATHERS, planned_processes

ROUNDING_MS = 0.0005
"""Per-loop times are printed with three decimals."""
MOST_CHARGES = 100_000
"""InitPlans and CTEs times candidates looked at; keeps a hostile plan from quadratic time."""
EXPRESSIONS = (
    "Params Evaluated",
    "Filter",
    "Index Cond",
    "Recheck Cond",
    "Join Filter",
    "Hash Cond",
    "Merge Cond",
    "One-Time Filter",
    "TID Cond",
    "Order By",
    "Sort Key",
    "Group Key",
    "Cache Key",
    "Function Call",
    "Run Condition",
)
RETURNED = re.compile(r"\$([0-9]{1,9})")
INIT_PLAN = re.compile(r"InitPlan ([0-9]{1,9})")


def analyse(plan: Plan) -> Analysis:
    """Account for every node of a plan, executed or not."""
    books = _Books(plan)
    for place, node in enumerate(books.nodes):
        if node.is_init_plan and books.wall[place]:
            books.charge_init_plan(place)
    for place, node in enumerate(books.nodes):
        if node.is_cte:
            books.charge_cte(place)
    return books.close()


class _Books:
    """Arrays over the nodes in plan order, while charges still move between them."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.nodes = list(plan.root.walk())
        self.places = {node.path: place for place, node in enumerate(self.nodes)}
        self.parent: list[int | None] = [None] * len(self.nodes)
        self.children: list[tuple[int, ...]] = []
        for place, node in enumerate(self.nodes):
            inner = tuple(self.places[child.path] for child in node.children)
            self.children.append(inner)
            for child in inner:
                self.parent[child] = place
        charges = sum(1 for node in self.nodes if node.relationship == "InitPlan")
        self.most_payers = max(20, MOST_CHARGES // (1 + charges))
        self.last = self._subtree_ends()
        self.gather = self._gathers()
        self.participants = self._participants()
        self.wall = [self._wall(place) for place in range(len(self.nodes))]
        self._fit_tasks()
        self.left = [self._own(place) for place in range(len(self.nodes))]
        self.payers: dict[str, tuple[tuple[int, float], ...]] = {}
        self.readers: dict[str, tuple[int, ...]] = {}
        self.named = self._parameters()
        self.scans = self._cte_scans()
        self.ctes: dict[str, list[int]] = {}
        for place, node in enumerate(self.nodes):
            if node.is_cte:
                self.ctes.setdefault(node.subplan, []).append(place)

    def _subtree_ends(self) -> list[int]:
        """For each node, the place after its last descendant: subtrees are contiguous."""
        ends = list(range(1, len(self.nodes) + 1))
        for place in range(len(self.nodes) - 1, 0, -1):
            above = self.parent[place]
            if above is not None:
                ends[above] = max(ends[above], ends[place])
        return ends

    def _gathers(self) -> list[int | None]:
        """For each node, the place of the nearest Gather above it."""
        nearest: list[int | None] = [None] * len(self.nodes)
        for place, above in enumerate(self.parent):
            if above is not None:
                nearest[place] = above if self.nodes[above].kind in GATHERS else nearest[above]
        return nearest

    def _participants(self) -> list[float]:
        shared = [1.0] * len(self.nodes)
        for place, node in enumerate(self.nodes):
            above = self.parent[place]
            if above is None:
                continue
            parent = self.nodes[above]
            shared[place] = shared[above]
            if parent.kind in GATHERS:
                shared[place] = self._gathered(parent, node)
            elif (
                parent.kind == "Bitmap Heap Scan"
                and parent.parallel_aware
                and node.actual is not None
            ):
                # One process builds the bitmap while the others wait for it; each time the
                # Gather starts over, one of them builds it anew.
                rounds = self._rounds(place)
                builders = max(1.0, min(shared[above], node.actual.loops / rounds))
                shared[place] = max(builders, _waited(parent, node, shared[above]))
        return shared

    def _rounds(self, place: int) -> float:
        """How often the Gather above a node was started."""
        gather = self.gather[place]
        actual = self.nodes[gather].actual if gather is not None else None
        return max(1.0, actual.loops) if actual else 1.0

    @staticmethod
    def _gathered(gather: PlanNode, child: PlanNode) -> float:
        if child.relationship not in {"Outer", ""} or not (gather.executed and child.executed):
            return 1.0
        assert gather.actual is not None  # noqa: S101 - told by `executed`; mypy cannot see it
        assert child.actual is not None  # noqa: S101 - the same
        loops = child.actual.loops / gather.actual.loops
        return max(1.0, min(loops, gather.figure("Workers Launched") + 1.0))

    def _wall(self, place: int) -> float:
        actual = self.nodes[place].actual
        if actual is None or actual.total_ms is None:
            return 0.0
        return actual.total_ms * actual.loops / self.participants[place]

    def _fit_tasks(self) -> None:
        """Charge what ran on other servers once: in the node that waited for all of it.

        Citus prints such a plan below a node without numbers, for one task or for every one; the
        tasks run side by side.
        """
        for place, node in enumerate(self.nodes):
            tasks = [child for child in self.children[place] if self.nodes[child].is_task]
            for task in tasks:
                self.wall[task] = sum(self.wall[child] for child in self.children[task])
            spent = sum(self.wall[task] for task in tasks)
            if node.actual is None or not tasks or spent <= self.wall[place]:
                continue
            factor = self.wall[place] / spent
            for task in tasks:
                for inner in range(task, self.last[task]):
                    self.wall[inner] *= factor
                    self.participants[inner] /= factor or 1.0

    def _own(self, place: int) -> float:
        inner = sum(
            self.wall[child]
            for child in self.children[place]
            if self.nodes[child].relationship != "InitPlan"
        )
        return max(0.0, self.wall[place] - inner)

    def _uncertainty(self, place: int) -> float:
        actual = self.nodes[place].actual
        return ROUNDING_MS * actual.loops / self.participants[place] if actual else 0.0

    def _parameters(self) -> dict[str, list[tuple[int, bool]]]:
        """Parameter → nodes that name it, and whether only their Output does."""
        wanted = {name for node in self.nodes if node.is_init_plan for name in _returned(node)}
        named: dict[str, list[tuple[int, bool]]] = {name: [] for name in wanted}
        if not wanted:
            return named
        for place, node in enumerate(self.nodes):
            if not node.executed:
                continue
            inside = _names(node.conditions.get(key, "") for key in EXPRESSIONS)
            output = _names([node.conditions.get("Output", "")])
            for name in wanted & (inside | output):
                named[name].append((place, name not in inside))
        return named

    def _cte_scans(self) -> dict[str, list[int]]:
        scans: dict[str, list[int]] = {}
        for place, node in enumerate(self.nodes):
            if node.kind == "CTE Scan":
                scans.setdefault(str(node.extra.get("CTE Name", "")), []).append(place)
        return scans

    def charge_init_plan(self, place: int) -> None:
        """Take an InitPlan's time from the node whose expression names its parameter."""
        payer = self._init_plan_payer(place)
        if payer is None:
            return
        self._pay(place, [payer])

    def _init_plan_payer(self, place: int) -> int | None:
        listed = self.parent[place]
        if listed is None:
            return None
        found = [
            (self._evaluator(candidate, place), in_output)
            for name in _returned(self.nodes[place])
            for candidate, in_output in self.named.get(name, ())[: self.most_payers]
            if not place <= candidate < self.last[place]
        ]
        in_conditions = {candidate for candidate, in_output in found if not in_output}
        candidates = list(in_conditions or {candidate for candidate, _ in found})
        candidates.sort(key=self.left.__getitem__, reverse=True)
        above = [self.parent[candidate] for candidate in candidates]
        needed = self.wall[place] - self._uncertainty(place) - ROUNDING_MS
        for payer in (*candidates, *above, listed):
            if payer is not None and self.left[payer] + self._uncertainty(payer) >= needed:
                return payer
        return candidates[0] if candidates else listed

    def _evaluator(self, candidate: int, place: int) -> int:
        """Who computes an InitPlan for a node that names its result: the outermost Gather between.

        A Gather computes what its workers will need before it starts them.
        """
        gather = self.gather[candidate]
        while gather is not None and not gather <= place < self.last[gather]:
            candidate, gather = gather, self.gather[gather]
        return candidate

    def charge_cte(self, place: int) -> None:
        """Let the scans that pulled a CTE pay for it, the busiest first."""
        path = self.nodes[place].path
        readers = self._readers(place)
        self.readers[path] = tuple(readers)
        self._pay(place, sorted(readers, key=self.left.__getitem__, reverse=True))

    def _pay(self, place: int, payers: list[int]) -> None:
        """Charge a subtree's time to its payers in turn, and what is left to the node it hangs on.

        That rest is the shutdown of a Gather nobody read to its end: the executor does it from the
        top when the statement is over. A write nobody read to its end runs on outside the root.
        """
        rest, paid = self.wall[place], []
        for payer in payers:
            part = min(self.left[payer], rest)
            self.left[payer] -= part
            rest -= part
            paid.append((payer, part))
        listed = self.parent[place]
        over = rest > self._uncertainty(place) + ROUNDING_MS
        if over and listed is not None and self._cut_short(place, payers):
            part = min(self.left[listed], rest)
            self.left[listed] -= part
            paid.append((listed, part))
        self.payers[self.nodes[place].path] = tuple(paid)

    def _cut_short(self, place: int, payers: list[int]) -> bool:
        """Whether a subtree somebody read has a Gather in it, whose workers had to be stopped."""
        below = self.nodes[place : self.last[place]]
        return bool(payers) and any(node.kind in GATHERS for node in below)

    def _readers(self, place: int) -> list[int]:
        """The CTE Scans that see this CTE: below its parent, not where a nearer one hides it."""
        name = self.nodes[place].subplan.removeprefix("CTE ").strip()
        scope = self.parent[place]
        if scope is None:
            return []
        hidden = [
            (above, self.last[above])
            for other in self.ctes[self.nodes[place].subplan][: self.most_payers]
            for above in [self.parent[other]]
            if other != place and above is not None and scope < above < self.last[scope]
        ]
        return [
            scan
            for scan in self.scans.get(name, ())[: self.most_payers]
            if scope <= scan < self.last[scope]
            and not place <= scan < self.last[place]
            and not any(start <= scan < end for start, end in hidden)
        ]

    def close(self) -> Analysis:
        """The accounts as they stand after every charge."""
        accounts = []
        costs = shares(self.nodes, self.children)
        processes = planned_processes(self.nodes, self.children, self.parent, self.plan.settings)
        for place, node in enumerate(self.nodes):
            timed = node.actual is not None and node.actual.total_ms is not None
            factor, direction = estimate_error(node)
            accounts.append(
                Account(
                    node=node,
                    parent=self.parent[place],
                    participants=self.participants[place],
                    wall_ms=self.wall[place] if timed else None,
                    self_ms=self.left[place] if timed else None,
                    uncertainty_ms=self._uncertainty(place),
                    estimate_factor=factor,
                    estimate_direction=direction,
                    cost=costs[place],
                    planned_processes=processes[place],
                )
            )
        return Analysis(
            self.plan,
            tuple(accounts),
            self.places,
            self.readers,
            self.payers,
            tuple(self.children),
        )


def _waited(heap: PlanNode, bitmap: PlanNode, processes: float) -> float:
    """Participants of a bitmap's building by which it takes no more than its heap scan has.

    A process that came late waited only as long as it ran at all; VERBOSE tells of each worker,
    and the leader has the rest.
    """
    above, built = heap.actual, bitmap.actual
    if above is None or built is None or not above.total_ms or not built.total_ms:
        return 1.0
    spent, building = above.total_ms * above.loops, built.total_ms * built.loops
    workers = [
        worker.actual.total_ms * worker.actual.loops
        for worker in heap.workers
        if worker.actual is not None and worker.actual.total_ms is not None
    ]
    if workers:
        each = [*workers, max(0.0, spent - sum(workers))]
        waiting = sum(min(ms, building) for ms in each) / processes
    else:
        waiting = spent / processes
    return building / waiting if 0 < waiting < building else 1.0


def _returned(node: PlanNode) -> tuple[str, ...]:
    """What other nodes call an InitPlan's result: `$0` up to 16, `(InitPlan 1)` from 17."""
    numbered = INIT_PLAN.match(node.subplan)
    by_number = (f"(InitPlan {numbered[1]})",) if numbered else ()
    return (*(f"${number}" for number in RETURNED.findall(node.subplan)), *by_number)


def _names(expressions: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for text in expressions:
        if "$" in text:
            found.update(f"${number}" for number in RETURNED.findall(text))
        if "InitPlan " in text:
            found.update(f"(InitPlan {number})" for number in INIT_PLAN.findall(text))
    return found
