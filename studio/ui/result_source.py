"""A query's rows as the grid sees them, growing while they come."""

from collections.abc import Sequence

from studio.model.catalog import ColumnKind
from studio.model.page import Value
from studio.ui.widgets.grid_source import UnstagedSource

_ROW_BYTES = 64
_VALUE_BYTES = 56
"""What CPython takes for a tuple and for a small value, about."""

_LOOKED_AT = 100


class ResultRows(UnstagedSource):
    """A GridSource that grows, up to a number of rows or bytes."""

    def __init__(self, most_rows: int, most_bytes: int) -> None:
        self._rows: list[tuple[Value, ...]] = []
        self._most_rows = most_rows
        self._most_bytes = most_bytes
        self._bytes = 0
        self.is_cut = False
        """Whether there were more rows than are kept."""

    def kind_seen(self, column: int) -> ColumnKind:
        """What a column without a type holds so far: numbers only, or anything."""
        kinds = {type(row[column]) for row in self._rows[:_LOOKED_AT]} - {type(None)}
        if not kinds or not kinds <= {int, float}:
            return ColumnKind.ANY
        return ColumnKind.REAL if float in kinds else ColumnKind.INTEGER

    @property
    def height(self) -> int:
        """How many rows came so far."""
        return len(self._rows)

    def extend(self, rows: Sequence[tuple[Value, ...]]) -> bool:
        """Take rows; False when no more will be kept."""
        for row in rows:
            if len(self._rows) >= self._most_rows or self._bytes >= self._most_bytes:
                self.is_cut = True
                return False
            self._rows.append(row)
            self._bytes += _ROW_BYTES + sum(map(_size, row))
        return True

    def row(self, index: int) -> Sequence[Value] | None:
        """The values of a row that came."""
        return self._rows[index]


def _size(value: Value) -> int:
    return _VALUE_BYTES + (len(value) if isinstance(value, str | bytes) else 0)
