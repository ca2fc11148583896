"""What is wrong in a database, and what could not be looked at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from studio.model.finding import IndexHint

Evidence = Mapping[str, object]


class HealthSeverity(StrEnum):
    """How much it matters; in order of gravity."""

    ERROR = "error"
    """Wrong now, or stops working at a date one can name."""
    WARNING = "warning"
    """Costs time, safety or correctness, and there is something to do."""
    NOTICE = "notice"
    """Worth knowing; never fails a build."""

    @property
    def rank(self) -> int:
        """0 is the gravest."""
        return _RANKS[self]


_RANKS = {severity: rank for rank, severity in enumerate(HealthSeverity)}


class FindingScope(StrEnum):
    """What a finding is about."""

    DATABASE = "database"
    CLUSTER = "cluster"
    """The server, with all its databases."""


@dataclass(frozen=True, slots=True)
class FaultyRows:
    """The rows of a finding's table that have its fault."""

    where: str
    """A condition in the engine's SQL, its names quoted."""
    column: str = ""
    """The column whose value is at fault."""
    becomes: str = ""
    """What that column should hold, as SQL of the row; empty: only a person can say."""
    mends: str = ""
    """The condition for those that `becomes` is for; empty: all of them."""


@dataclass(frozen=True, slots=True)
class Provable:
    """A statement that an index of the fix should make faster."""

    sql: str
    """It only reads."""
    hint: IndexHint


@dataclass(frozen=True, slots=True)
class HealthFinding:
    """One object, one measured fact, one statement to copy, one doubt."""

    check: str
    object: str
    """How README.md of studio/doctor writes objects."""
    severity: HealthSeverity
    says: str
    """One sentence of measured fact."""
    evidence: Evidence = field(default_factory=dict)
    """JSON can hold it."""
    fix: str = ""
    """SQL to read and run; empty: nothing that SQL could do."""
    cost: str = ""
    """What the fix locks, reads and needs."""
    doubt: str = ""
    """What could make this finding wrong, or not worth the fix."""
    table: str = ""
    """The relation it is on, as `object` writes relations; empty: none."""
    weight: float = 0
    """Bytes or rows, to order the findings of one check."""
    scope: FindingScope = FindingScope.DATABASE
    rows: FaultyRows | None = None
    provable: Provable | None = None
    found_by: str = field(default="", compare=False)
    """The statements that found it, as they ran; empty: none but those that read the catalog."""


@dataclass(frozen=True, slots=True)
class Blind:
    """A check that could not look, or not everywhere: never the same as healthy."""

    check: str
    why: str
    opens: str = ""
    """What would let it look."""


@dataclass(frozen=True, slots=True)
class NotRun:
    """A check that was not asked for: it reads whole tables."""

    check: str
    why: str
    reads_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Checked:
    """What one check answered."""

    findings: tuple[HealthFinding, ...] = ()
    blind: tuple[Blind, ...] = ()
    not_run: tuple[NotRun, ...] = ()
