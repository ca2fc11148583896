"""How far a run may go, and rows cut where it says."""

from collections.abc import Sequence
from dataclasses import dataclass

from studio.model.page import Value

_ROW_BYTES = 64
_VALUE_BYTES = 56
"""What CPython takes for a tuple and for a small value, about."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a run may go; None: as far as it likes."""

    rows: int | None = None
    """Rows of one statement that are given on."""
    row_bytes: int | None = None
    """Memory that these take, about."""
    timeout_s: float | None = None
    """A statement that nobody is asked about is stopped after so long."""
    patience_s: float = 60.0
    """How long a transaction that holds locks may wait for a person."""


class Cut:
    """Counts one statement's rows, and cuts what is beyond the limits."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._bytes = 0
        self.rows = 0
        """How many were let through."""
        self.is_cut = False
        """Whether there were more."""

    def through(self, rows: Sequence[tuple[Value, ...]]) -> Sequence[tuple[Value, ...]]:
        """Those of the next `rows` that are within the limits."""
        limits, let = self._limits, len(rows)
        if limits.rows is not None:
            let = min(let, limits.rows - self.rows)
        if limits.row_bytes is not None:
            let = self._within(limits.row_bytes, rows[:let])
        self.rows += let
        self.is_cut = self.is_cut or let < len(rows)
        return rows if let == len(rows) else rows[:let]

    def _within(self, most: int, rows: Sequence[tuple[Value, ...]]) -> int:
        """How many of `rows` begin below `most` bytes."""
        for place, row in enumerate(rows):
            if self._bytes >= most:
                return place
            self._bytes += _ROW_BYTES + sum(map(_size, row))
        return len(rows)


def _size(value: Value) -> int:
    return _VALUE_BYTES + (len(value) if isinstance(value, str | bytes) else 0)
