"""What a grid tells whoever listens."""

from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from studio.ui.widgets.grid import Grid


class GridMessage(Message, namespace="grid"):
    """Something that happened in a grid."""

    def __init__(self, grid: "Grid") -> None:
        super().__init__()
        self.grid = grid

    @property
    def control(self) -> "Grid":
        """The grid, for selectors in `@on`."""
        return self.grid


class CursorMoved(GridMessage, namespace="grid"):
    """The cursor is on another cell; only the newest is worth hearing."""

    def __init__(self, grid: "Grid", row: int, column: int) -> None:
        super().__init__(grid)
        self.row = row
        self.column = column

    def can_replace(self, message: Message) -> bool:
        """Older ones still waiting need not be handled."""
        return isinstance(message, CursorMoved) and message.grid is self.grid


class NeedRows(GridMessage, namespace="grid"):
    """These rows are on the screen now, loaded or not; only the newest counts."""

    def __init__(self, grid: "Grid", first: int, last: int, direction: int) -> None:
        super().__init__(grid)
        self.first = first
        self.last = last
        self.direction = direction
        """Of travel: 1 towards the end, -1 towards the start, 0 no telling."""

    def can_replace(self, message: Message) -> bool:
        """Older ones still waiting need not be handled."""
        return isinstance(message, NeedRows) and message.grid is self.grid


class EndWanted(GridMessage, namespace="grid"):
    """The last row is wanted: the cursor is on what was thought to be it."""


class CellActivated(GridMessage, namespace="grid"):
    """Enter, or a double click: the whole value is wanted."""

    def __init__(self, grid: "Grid", row: int, column: int) -> None:
        super().__init__(grid)
        self.row = row
        self.column = column


class HeaderClicked(GridMessage, namespace="grid"):
    """A heading was clicked: an order is wanted."""

    def __init__(self, grid: "Grid", column: int) -> None:
        super().__init__(grid)
        self.column = column
