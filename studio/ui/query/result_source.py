"""A query's rows as the grid sees them, growing while they come, in the order that is wanted."""

from collections.abc import Sequence

from studio.model.catalog import ColumnKind
from studio.model.page import Value
from studio.rows.differences import GONE, Compared
from studio.ui.widgets.grid_source import UnstagedSource

_LOOKED_AT = 100


class ResultRows(UnstagedSource):
    """A query's rows as a GridSource, which grows while they come."""

    def __init__(self) -> None:
        self._rows: list[tuple[Value, ...]] = []
        self.places: Sequence[int] | None = None
        """Of the rows that are shown, in their order; None: all, as they came."""
        self._compared: Sequence[Compared] | None = None

    def kind_seen(self, column: int) -> ColumnKind:
        """What a column without a type holds so far: numbers only, or anything."""
        kinds = {type(row[column]) for row in self._rows[:_LOOKED_AT]} - {type(None)}
        if not kinds or not kinds <= {int, float}:
            return ColumnKind.ANY
        return ColumnKind.REAL if float in kinds else ColumnKind.INTEGER

    @property
    def height(self) -> int:
        """How many rows are shown so far, gone ones too."""
        if self._compared is not None:
            return len(self._compared)
        return len(self._rows if self.places is None else self.places)

    @property
    def every(self) -> Sequence[tuple[Value, ...]]:
        """The rows that came, as they came, whatever is shown of them."""
        return self._rows

    def held(self) -> tuple[tuple[Value, ...], ...]:
        """The rows that are shown; gone ones are none any more."""
        if self.places is None:
            return tuple(self._rows)
        return tuple(self._rows[place] for place in self.places)

    def extend(self, rows: Sequence[tuple[Value, ...]]) -> None:
        """Show more rows below those that came."""
        self._rows.extend(rows)

    def arrange(self, places: Sequence[int] | None) -> None:
        """Show the rows of these places alone, in this order; None: all, as they came."""
        self.places, self._compared = places, None

    def become(self, other: "ResultRows", compared: Sequence[Compared] | None) -> None:
        """Show what `other` holds, with what is new, changed and gone since."""
        self._rows, self.places = list(other.every), other.places
        self._compared = compared

    def row(self, index: int) -> Sequence[Value] | None:
        """The values of a row that came; None where a filter left fewer."""
        if index >= self.height:
            return None
        if self._compared is not None:
            return self._compared[index].values
        return self._rows[index if self.places is None else self.places[index]]

    def number(self, index: int) -> str:
        """The row's number; what is gone has none."""
        if self._compared is not None and self._compared[index].sign == GONE:
            return ""
        return super().number(index)

    def sign(self, index: int) -> str:
        """What became of it since the run before."""
        return "" if self._compared is None else self._compared[index].sign

    def cell_sign(self, index: int, column: int) -> str:
        """`~` where the run before had another value."""
        if self._compared is None:
            return ""
        return "~" if column in self._compared[index].changed else ""
