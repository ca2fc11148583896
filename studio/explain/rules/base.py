"""What every rule reads and returns."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

from studio.explain import index_hints
from studio.explain.arithmetic import Account, Analysis
from studio.explain.index_hints import NOTHING_KNOWN, Knowledge
from studio.model.finding import Finding, IndexHint


@dataclass(frozen=True)
class Case:
    """An analysed plan, and what is known besides."""

    analysis: Analysis
    known: Knowledge = NOTHING_KNOWN
    _hints: dict[str, tuple[IndexHint, ...]] = field(default_factory=dict, repr=False)

    def hints(self, account: Account) -> tuple[IndexHint, ...]:
        """Index candidates for one scan, worked out once."""
        path = account.node.path
        if path not in self._hints:
            self._hints[path] = index_hints.for_scan(self.analysis, account, self.known)
        return self._hints[path]

    def index_fix(self, account: Account, otherwise: str) -> str:
        """The candidates as SQL, or another advice when there is none."""
        return "\n".join(hint.sql for hint in self.hints(account)) or otherwise

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

    def ran(self) -> Iterator[Account]:
        """Every node that ran."""
        return (account for account in self.analysis.accounts if account.node.executed)

    def self_share(self, account: Account) -> float:
        """The node's own part of the statement's time, 0 to 1."""
        return self.analysis.share(account.self_ms)

    def wall_share(self, account: Account) -> float:
        """The same with everything below it."""
        return self.analysis.share(account.wall_ms)


Rule = Callable[[Case], Iterable[Finding]]


def evidence(**numbers: float | str) -> Mapping[str, float | str]:
    """Numbers of a finding; whole ones as whole numbers."""
    return MappingProxyType(
        {
            name: int(value) if isinstance(value, float) and value.is_integer() else value
            for name, value in numbers.items()
        }
    )


def loops_per_process(account: Account) -> float:
    """How often each process ran the node."""
    actual = account.node.actual
    return actual.loops / account.participants if actual else 0.0
