"""Where the time of a plan went: every node's own share, adding up to the root.

The server prints per-loop averages, sums over processes, and lists InitPlans and CTEs under nodes
that did not run them. `analyse` undoes all three, so the column of exclusive times is one a reader
can add up. The rules are explain.md's §2 in code.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from studio.model.plan import Buffers, Plan, PlanNode

ROUNDING_MS = 0.0005
"""Per-loop times are printed with three decimals."""
MOST_CHARGES = 100_000
"""InitPlans and CTEs times candidates looked at; keeps a hostile plan from quadratic time."""
GATHERS = frozenset(("Gather", "Gather Merge"))
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


@dataclass(frozen=True, slots=True)
class Account:
    """One node and what it cost, over all its loops."""

    node: PlanNode
    parent: int | None
    """Place of the parent in `Analysis.accounts`."""
    participants: float
    """Processes that shared the node's loops (§2.1)."""
    wall_ms: float | None
    """Inclusive; None when the run did not time."""
    self_ms: float | None
    """Exclusive, never negative."""
    uncertainty_ms: float
    """How far rounding of the per-loop time can have moved `wall_ms`."""
    estimate_factor: float | None
    """How many times the planner was off; None where nothing can be compared."""
    estimate_direction: str
    """under, over, or nothing."""

    @property
    def approximate(self) -> bool:
        """Whether rounding moves the time by more than a tenth: shown as ≈."""
        return bool(self.wall_ms) and self.uncertainty_ms > 0.1 * (self.wall_ms or 0.0)


@dataclass(frozen=True)
class Analysis:
    """A plan with its accounts; what every rule and every view reads."""

    plan: Plan
    accounts: tuple[Account, ...]
    """Parents before children, in the order of the plan."""
    places: Mapping[str, int]
    """Path → place in `accounts`."""
    readers: Mapping[str, tuple[int, ...]]
    """Path of a CTE's top → the CTE Scans that read it."""
    payers: Mapping[str, tuple[tuple[int, float], ...]]
    """Path of an InitPlan's or CTE's top → who paid, and how many ms."""
    children: tuple[tuple[int, ...], ...] = field(repr=False, default=())

    @property
    def total_ms(self) -> float | None:
        """What percentages refer to: Execution Time, or the root when SUMMARY was off."""
        if self.plan.execution_ms is not None:
            return self.plan.execution_ms
        return self.accounts[0].wall_ms

    @property
    def outside_root_ms(self) -> float | None:
        """Triggers, start-up and shutdown: in Execution Time, in no node."""
        wall = self.accounts[0].wall_ms
        if self.plan.execution_ms is None or wall is None:
            return None
        return max(0.0, self.plan.execution_ms - wall)

    @property
    def after_root_ms(self) -> float:
        """CTEs that write and were not read to their end: they run on when the root is done."""
        return sum(
            max(0.0, (self.account(path).wall_ms or 0.0) - sum(ms for _, ms in paid))
            for path, paid in self.payers.items()
            if self.account(path).node.kind == "ModifyTable"
        )

    def account(self, path: str) -> Account:
        """The account of one node."""
        return self.accounts[self.places[path]]

    def share(self, ms: float | None) -> float:
        """A part of the whole statement's time, 0 to 1; 0 when nothing was timed."""
        total = self.total_ms
        return ms / total if ms and total else 0.0

    def ancestors(self, account: Account) -> Iterable[Account]:
        """From the parent up to the root."""
        place = account.parent
        while place is not None:
            account = self.accounts[place]
            yield account
            place = account.parent

    def below(self, account: Account) -> list[Account]:
        """The accounts of the node's own children."""
        return [self.accounts[place] for place in self.children[self.places[account.node.path]]]

    def self_buffers(self, account: Account, counter: str) -> float:
        """One counter of Buffers without what children, InitPlans and CTEs touched."""
        node = account.node
        if node.buffers is None:
            return 0.0
        own: float = getattr(node.buffers, counter) - _charged(node, counter)
        here = self.places[node.path]
        for path, payers in self.payers.items():
            if any(place == here for place, _ in payers):
                own -= self._paid_blocks(path, here, counter)
        return max(0.0, own)

    def _paid_blocks(self, path: str, payer: int, counter: str) -> float:
        """Blocks of an InitPlan or CTE that one payer answers for, in the payers' order."""
        rest = _blocks(self.account(path).node, counter)
        for place, _ in self.payers[path]:
            node = self.accounts[place].node
            can = max(0.0, _blocks(node, counter) - _charged(node, counter))
            paid = min(can, rest)
            if place == payer:
                return paid
            rest -= paid
        return 0.0


def _charged(node: PlanNode, counter: str) -> float:
    return sum(
        _blocks(child, counter) for child in node.children if child.relationship != "InitPlan"
    )


def _blocks(node: PlanNode, counter: str) -> float:
    buffers: Buffers | None = node.buffers
    return float(getattr(buffers, counter)) if buffers else 0.0


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
                shared[place] = max(1.0, min(shared[above], node.actual.loops / rounds))
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


def estimate_error(node: PlanNode) -> tuple[float | None, str]:
    """How many times the planner was off, and whether it expected too little or too much."""
    actual, estimate = node.actual, node.estimate
    if actual is None or estimate is None or not node.executed:
        return None, ""
    if node.kind in {"BitmapAnd", "BitmapOr"}:
        return None, ""
    if node.kind == "ModifyTable" and actual.rows == 0 and estimate.rows == 0:
        return None, ""
    measured, planned = max(actual.rows, 1.0), max(estimate.rows, 1.0)
    if measured == planned:
        return 1.0, ""
    return (measured / planned, "under") if measured > planned else (planned / measured, "over")
