"""A query's rows as the grid sees them, growing while they come."""

from collections.abc import Sequence

from studio.model.catalog import ColumnKind
from studio.model.page import Value
from studio.ui.widgets.grid_source import UnstagedSource

_LOOKED_AT = 100


class ResultRows(UnstagedSource):
    """A query's rows as a GridSource, which grows while they come."""

    def __init__(self) -> None:
        self._rows: list[tuple[Value, ...]] = []

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

    def held(self) -> tuple[tuple[Value, ...], ...]:
        """The rows that came so far."""
        return tuple(self._rows)

    def extend(self, rows: Sequence[tuple[Value, ...]]) -> None:
        """Show more rows below those that came."""
        self._rows.extend(rows)

    def row(self, index: int) -> Sequence[Value] | None:
        """The values of a row that came."""
        return self._rows[index]
