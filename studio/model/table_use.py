"""What a server counted of a table's use, and the texts that act on its rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from studio.model.policies import Policing


@dataclass(frozen=True, slots=True)
class TableUse:
    """As of one moment; counts are the server's estimates, and start anew when it resets them."""

    live_rows: int | None = None
    """None: nothing is counted of this kind of relation."""
    dead_rows: int | None = None
    """Versions of rows that nobody sees any more and no vacuum took away yet."""
    vacuumed: datetime | None = None
    """The last time, by whomever; None: never, as far as the server remembers."""
    analyzed: datetime | None = None
    scans: Mapping[str, int] = field(default_factory=dict)
    """How often each index was read since the counts began; those that are not counted miss."""
    counted_since: datetime | None = None
    """When the counts were reset; None: never."""
    policing: Policing = field(default_factory=Policing)
    trigger_functions: Mapping[str, str] = field(default_factory=dict)
    """By a trigger's name, the statement that makes the function it calls."""
