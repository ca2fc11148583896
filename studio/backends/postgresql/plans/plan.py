"""PostgreSQL's plans: what the server says it will do, and what it measured while doing it.

Rows and times are per loop, as they are printed; buffers are totals. Totals over loops and
shares of time are arithmetic and live in `arithmetic.py`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType


def _nothing() -> MappingProxyType[str, object]:
    return MappingProxyType({})


def _no_words() -> MappingProxyType[str, str]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Estimate:
    """What the planner expected of one execution of a node."""

    startup_cost: float
    total_cost: float
    rows: float
    width: int


@dataclass(frozen=True, slots=True)
class Actual:
    """What one execution of a node did, on average over its loops."""

    rows: float
    loops: float
    startup_ms: float | None = None
    """None when the run did not time its nodes (TIMING OFF)."""
    total_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Buffers:
    """Blocks touched by a node and everything below it, over all loops and processes."""

    shared_hit: float = 0
    shared_read: float = 0
    shared_dirtied: float = 0
    shared_written: float = 0
    local_hit: float = 0
    local_read: float = 0
    local_dirtied: float = 0
    local_written: float = 0
    temp_read: float = 0
    temp_written: float = 0

    def counts(self) -> tuple[float, ...]:
        """Every counter, in the order of the fields."""
        return tuple(getattr(self, item.name) for item in fields(self))


@dataclass(frozen=True, slots=True)
class Worker:
    """One parallel worker's part of a node."""

    number: int
    actual: Actual | None
    buffers: Buffers | None
    extra: Mapping[str, object] = field(default_factory=_nothing)

    def figure(self, name: str) -> float:
        """A number the server printed under `name`; 0 where it printed none."""
        return number_or_zero(self.extra.get(name))


@dataclass(frozen=True, slots=True)
class TriggerTime:
    """The time one trigger took over a whole statement."""

    name: str
    constraint: str | None
    """Set for constraint triggers only; a foreign key's checks are such triggers."""
    relation: str | None
    ms: float | None
    """None when the run did not time (TIMING OFF)."""
    calls: float


@dataclass(frozen=True, slots=True)
class JIT:
    """Just-in-time compilation, summed over the leader and all workers."""

    functions: float
    total_ms: float
    extra: Mapping[str, object] = field(default_factory=_nothing)


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class PlanNode:
    """One step of a plan and the steps that feed it."""

    path: str
    """"0" is the root; then the index of each child on the way down: "0.1.0"."""
    kind: str
    """The server's node type, as JSON plans spell it: Seq Scan, Aggregate, ModifyTable."""
    relationship: str = ""
    """How the parent uses this node: Outer, Inner, Member, Subquery, InitPlan, SubPlan."""
    subplan: str = ""
    """The name the server gave a subplan: "InitPlan 1 (returns $0)", "CTE t", "SubPlan 2"."""
    relation: str = ""
    schema: str = ""
    alias: str = ""
    index: str = ""
    strategy: str = ""
    partial_mode: str = ""
    operation: str = ""
    join_type: str = ""
    parallel_aware: bool = False
    conditions: Mapping[str, str] = field(default_factory=_no_words)
    """Expressions by the server's label: Filter, Index Cond, Hash Cond, Sort Key, …"""
    estimate: Estimate | None = None
    actual: Actual | None = None
    buffers: Buffers | None = None
    workers: tuple[Worker, ...] = ()
    children: tuple["PlanNode", ...] = ()
    extra: Mapping[str, object] = field(default_factory=_nothing)
    """Every other field the server printed, known to us or not, under its own label."""

    def __repr__(self) -> str:
        """The node alone: a plan's depth must not become the depth of a call stack."""
        return f"<PlanNode {self.path} {self.label}>"

    def walk(self) -> Iterator["PlanNode"]:
        """This node and everything below it, parents first, in the order of the plan."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.children))

    def figure(self, name: str) -> float:
        """A number the server printed under `name`; 0 where it printed none."""
        return number_or_zero(self.extra.get(name))

    def figure_with_workers(self, name: str) -> float:
        """The same, plus what each worker printed: for counts the leader reports alone."""
        return self.figure(name) + sum(worker.figure(name) for worker in self.workers)

    @property
    def executed(self) -> bool:
        """Whether the node ran at least once."""
        return self.actual is not None and self.actual.loops > 0

    @property
    def is_task(self) -> bool:
        """Whether it stands for a plan of another server, and has no numbers of its own."""
        return self.kind == "Task" and self.actual is None

    @property
    def is_citus(self) -> bool:
        """Whether what is below it are shards on other servers."""
        return str(self.extra.get("Custom Plan Provider", "")).startswith("Citus")

    @property
    def rows_rounded(self) -> bool:
        """Whether rows were averaged over loops and rounded, so that their sum is about right."""
        return self.actual is not None and self.actual.loops > 1

    @property
    def is_cte(self) -> bool:
        """Whether this is the top of a CTE's own subtree."""
        return self.relationship == "InitPlan" and self.subplan.startswith("CTE ")

    @property
    def is_init_plan(self) -> bool:
        """Whether this is the top of an InitPlan that is not a CTE."""
        return self.relationship == "InitPlan" and not self.subplan.startswith("CTE ")

    @property
    def rows_total(self) -> float:
        """Rows returned over all loops and processes; 0 when nothing was measured."""
        return self.actual.rows * self.actual.loops if self.actual else 0.0

    def removed_total(self, by: str = "Filter") -> float:
        """Rows thrown away over all loops: by Filter, Join Filter or Index Recheck."""
        loops = self.actual.loops if self.actual else 0.0
        return self.figure(f"Rows Removed by {by}") * loops

    @property
    def title(self) -> str:
        """The node's name as people know it from text plans: HashAggregate, Hash Left Join."""
        return _title(self)

    @property
    def label(self) -> str:
        """The title, and what it works on."""
        on = self.relation or str(self.extra.get("CTE Name") or self.extra.get("Function Name", ""))
        if not on and self.kind == "Bitmap Index Scan":
            on = self.index
        return f"{self.title} on {on}" if on else self.title


AGGREGATES = {"Hashed": "HashAggregate", "Sorted": "GroupAggregate", "Mixed": "MixedAggregate"}


def _title(node: PlanNode) -> str:
    name = node.kind
    if name == "Aggregate":
        name = AGGREGATES.get(node.strategy, name)
    elif name == "ModifyTable":
        name = node.operation or name
    elif name == "SetOp" and node.strategy == "Hashed":
        name = "HashSetOp"
    elif node.join_type and node.join_type != "Inner":
        base = name.removesuffix(" Join")
        name = f"{base} {node.join_type} Join"
    if node.partial_mode in {"Partial", "Finalize"}:
        name = f"{node.partial_mode} {name}"
    return f"Parallel {name}" if node.parallel_aware else name


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole answer to EXPLAIN."""

    root: PlanNode
    analyzed: bool
    """Whether the statement ran and its nodes were measured."""
    sql: str = ""
    planning_ms: float | None = None
    execution_ms: float | None = None
    settings: Mapping[str, str] = field(default_factory=_no_words)
    triggers: tuple[TriggerTime, ...] = ()
    jit: JIT | None = None
    planning_buffers: Buffers | None = None
    extra: Mapping[str, object] = field(default_factory=_nothing)
    """Top-level fields we have no name for."""
    notes: tuple[str, ...] = ()
    """What was left out or repaired while reading a pasted plan."""
    unread: tuple[str, ...] = ()
    """Lines of a pasted text that were not read, or not to their end."""
    source: str = field(default="", repr=False, compare=False)
    """The text it was read from, as the server printed it; empty where nobody kept it."""

    @property
    def timed(self) -> bool:
        """Whether the nodes carry times."""
        return (
            self.analyzed
            and self.root.actual is not None
            and (self.root.actual.total_ms is not None)
        )


LARGEST = 1e18


def finite_number(value: object) -> float | None:
    """A number within reason, or None: a pasted plan may hold NaN, Infinity or 10**400."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if -LARGEST <= value <= LARGEST else None


def number_or_zero(value: object) -> float:
    """The same, with 0 for what is no number."""
    return finite_number(value) or 0.0
