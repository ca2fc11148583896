"""What a server counted of the statements it ran."""

from dataclasses import dataclass
from enum import StrEnum


class StatementOrder(StrEnum):
    """Which statements are the first."""

    TOTAL = "total"
    """Those that took most time, all runs together."""
    MEAN = "mean"
    """Those whose one run takes longest."""
    IO = "io"
    """Those that moved most blocks."""


@dataclass(frozen=True, slots=True)
class CountedStatement:
    """One statement, its values left out, with everything it came to."""

    query: str | None
    """As the server keeps it, `$1` for a value; None: hidden from our role, or lost."""
    role: str
    calls: int
    total_ms: float
    mean_ms: float
    rows: int
    blocks_hit: int
    blocks_moved: int
    """Read and written, temporary files with them: how much I/O it asked for."""
    io_ms: float | None
    """Waiting for it; None where the server does not measure that (track_io_timing)."""
    share: float
    """Of the time of all statements that are counted, from 0 to 1."""
    is_own: bool = False
    """Whether it is one of studio's own questions to the catalog."""


@dataclass(frozen=True, slots=True)
class TopStatements:
    """The first of them, in one order."""

    statements: tuple[CountedStatement, ...]
    counted: int
    """How many the server knows of this database."""
    since: str | None
    """When it began to count: ISO 8601, UTC; None: not known."""
    forgotten: int | None
    """How often it made room for others by forgetting the rarest; None: not known."""
