"""RowWindow as the grid sees it."""

from collections.abc import Sequence

from studio.model.page import Value
from studio.rows.window import RowWindow


class WindowSource:
    """A GridSource over the rows that a window holds, none of them staged."""

    def __init__(self, window: RowWindow) -> None:
        self.window = window

    @property
    def height(self) -> int:
        """How many rows the grid scrolls over."""
        return self.window.height

    def row(self, index: int) -> Sequence[Value] | None:
        """The values of a row; None while it is not held."""
        row = self.window.row(index)
        return None if row is None else row.values

    def number(self, index: int) -> str:
        """The row's number, `~` before an estimate."""
        return str(self.window.number(index))

    def sign(self, index: int) -> str:
        """Nothing is staged here."""
        del index
        return ""

    def cell_sign(self, index: int, column: int) -> str:
        """Nothing is staged here."""
        del index, column
        return ""

    def placeholder(self, index: int, column: int) -> str:
        """Nothing is inserted here."""
        del index, column
        return ""
