"""What a plan tells the one who reads it: findings, and indexes worth testing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType


def _no_evidence() -> MappingProxyType[str, float | str]:
    return MappingProxyType({})


class Severity(Enum):
    """How much a finding matters."""

    INFO = "info"
    """Good to know; nothing is wrong."""
    WARNING = "warning"
    """Costs time, and there is something to try."""
    ERROR = "error"
    """Wrong, whatever it costs."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a plan shows, with the numbers that show it."""

    id: str
    path: str | None
    """The node it is about; None for the statement as a whole."""
    severity: Severity
    says: str
    """One sentence of measured fact."""
    cause: str
    fix: str
    """Something to copy or to do."""
    doubt: str
    """What could make this advice wrong."""
    evidence: Mapping[str, float | str] = field(default_factory=_no_evidence)
    saves_ms: float = 0.0
    """The most it could save; findings are ordered by it."""
    estimated: bool = False
    """Nothing was measured: the numbers are the planner's."""


@dataclass(frozen=True, slots=True)
class IndexHint:
    """An index worth testing; never a promise."""

    table: str
    """Qualified with its schema where the plan tells it."""
    columns: tuple[str, ...]
    """Columns or expressions, in index order."""
    sql: str
    kind: str = "btree"
    """btree, text_pattern, trigram, gin, or partial."""
    path: str | None = None
    doubt: str = ""
    replaces: tuple[str, ...] = ()
    """Existing indexes that would be a prefix of this one."""
