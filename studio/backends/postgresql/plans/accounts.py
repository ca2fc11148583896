"""What every node of a plan cost: its own share of the time, which adds up to the root's."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from studio.backends.postgresql.plans.costs import Share
from studio.backends.postgresql.plans.plan import Buffers, Plan, PlanNode


@dataclass(frozen=True, slots=True)
class Account:
    """One node and what it cost, over all its loops."""

    node: PlanNode
    parent: int | None
    """Place of the parent in `Analysis.accounts`."""
    participants: float
    """Processes that shared the node's loops (explain/README.md, §1)."""
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
    cost: Share
    """By the planner's estimate, over all its runs."""
    planned_processes: float
    """By how many the planned rows are to be multiplied (planned_processes.py)."""

    @property
    def planned_rows(self) -> float:
        """Rows that one run is expected to return, of all processes; 0 where nothing tells."""
        estimate = self.node.estimate
        return estimate.rows * self.planned_processes if estimate else 0.0

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


def estimate_error(node: PlanNode) -> tuple[float | None, str]:
    """How many times the planner was off, and whether it expected too little or too much."""
    actual, estimate = node.actual, node.estimate
    if actual is None or estimate is None or not node.executed:
        return None, ""
    if node.kind in {"BitmapAnd", "BitmapOr"}:
        return None, ""
    if node.kind == "ModifyTable" and actual.rows == 0 and "Output" not in node.conditions:
        # Without RETURNING it returns nothing; up to 13 the planner expected its input's rows.
        return None, ""
    measured, planned = max(actual.rows, 1.0), max(estimate.rows, 1.0)
    if measured == planned:
        return 1.0, ""
    return (measured / planned, "under") if measured > planned else (planned / measured, "over")
