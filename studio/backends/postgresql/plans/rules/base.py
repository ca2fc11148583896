"""What every rule reads and returns."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

from studio.backends.plans.words import count
from studio.backends.postgresql.plans import index_hints
from studio.backends.postgresql.plans.accounts import Account, Analysis
from studio.backends.postgresql.plans.index_builder import advised_rewrite
from studio.backends.postgresql.plans.knowledge import NOTHING_KNOWN, Knowledge
from studio.backends.postgresql.plans.plan import PlanNode
from studio.backends.postgresql.plans.predicates import terms
from studio.model.finding import Finding, IndexHint


@dataclass(frozen=True)
class Case:
    """An analysed plan, and what is known besides."""

    analysis: Analysis
    known: Knowledge = NOTHING_KNOWN
    advised: list[IndexHint] = field(default_factory=list, repr=False)
    """Those that rules have advised besides what a scan's own conditions suggest."""
    _hints: dict[str, tuple[IndexHint, ...]] = field(default_factory=dict, repr=False)

    def hints(self, account: Account) -> tuple[IndexHint, ...]:
        """Index candidates for one scan, worked out once."""
        path = account.node.path
        if path not in self._hints:
            self._hints[path] = index_hints.for_scan(self.analysis, account, self.known)
        return self._hints[path]

    def join_hints(self, join: Account, account: Account) -> tuple[IndexHint, ...]:
        """The index that would find one scan's rows by the column it is joined on."""
        return self.advise(account, index_hints.for_join(join, account, self.known))

    def advise(self, account: Account, found: tuple[IndexHint, ...]) -> tuple[IndexHint, ...]:
        """Keep what a rule thought of for a table, unless nobody indexes that by hand."""
        if index_hints.is_shard(self.analysis, account):
            return ()
        self.advised.extend(found)
        return found

    def index_fix(self, account: Account, otherwise: str) -> str:
        """The candidates as SQL, or another advice when there is none."""
        if index_hints.is_shard(self.analysis, account):
            return f"{account.node.relation} is a shard: index the distributed table it is of."
        node = account.node
        names = [node.alias or node.relation, node.relation]
        table = self.known.table(node.schema, node.relation) if node.relation else None
        instead = [
            found.says
            for term in terms(node.conditions.get("Filter", ""), names)
            if (found := advised_rewrite(term, table))
        ]
        advised = [*instead, *(hint.sql for hint in self.hints(account))]
        return "\n".join(advised) or otherwise

    def executed(self, *kinds: str) -> Iterator[Account]:
        """The nodes of some kinds that ran."""
        for kind in kinds:
            yield from self._executed.get(kind, ())

    @cached_property
    def _executed(self) -> Mapping[str, list[Account]]:
        found: dict[str, list[Account]] = {}
        for account in self.analysis.accounts:
            if account.node.executed:
                found.setdefault(account.node.kind, []).append(account)
        return found

    def planned(self, *kinds: str) -> Iterator[Account]:
        """Nodes of a plan that was never run, of some kinds or all; none where one was."""
        if not self.analysis.plan.analyzed:
            yield from (a for a in self.analysis.accounts if not kinds or a.node.kind in kinds)

    def ran(self) -> Iterator[Account]:
        """Every node that ran."""
        return (account for account in self.analysis.accounts if account.node.executed)

    def self_share(self, account: Account) -> float:
        """The node's own part of the statement's time, 0 to 1."""
        return self.analysis.share(account.self_ms)

    def wall_share(self, account: Account) -> float:
        """The same with everything below it."""
        return self.analysis.share(account.wall_ms)


def summed(node: PlanNode, rows: float) -> str:
    """Rows over all loops, with ~ where nothing ran or rounding makes the sum uncertain."""
    return f"{'~' if node.actual is None or node.rows_rounded else ''}{count(rows)}"


Rule = Callable[[Case], Iterable[Finding]]


def evidence(**numbers: float | str) -> Mapping[str, float | str]:
    """Numbers of a finding; whole ones as whole numbers."""
    return MappingProxyType(
        {
            name: int(value) if isinstance(value, float) and value.is_integer() else value
            for name, value in numbers.items()
        }
    )


def rows_in_all(account: Account) -> float:
    """Rows over all loops, measured or else expected."""
    node = account.node
    if node.actual is not None:
        return node.rows_total
    return account.planned_rows * account.cost.runs


def own_share(case: Case, account: Account) -> float:
    """The node's own part of the time, or of the cost where nothing was timed; 0 to 1."""
    if case.analysis.plan.timed:
        return case.self_share(account)
    whole = case.analysis.accounts[0].cost.whole
    return account.cost.own / whole if whole else 0.0


def loops_per_process(account: Account) -> float:
    """How often each process ran the node."""
    actual = account.node.actual
    return actual.loops / account.participants if actual else 0.0


def repeated(case: Case, account: Account) -> bool:
    """Whether something above runs this side once per row."""
    below = account
    for above in case.analysis.ancestors(account):
        if below.node.relationship == "SubPlan":
            return True
        if above.node.kind == "Nested Loop" and below.node.relationship == "Inner":
            return True
        below = above
    return False
