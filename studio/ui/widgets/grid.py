"""The grid: any number of rows and columns, of which only the visible ones are ever drawn."""

from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.message import Message

from studio.ui.commands import Command, Moving, bindings
from studio.ui.widgets.grid_canvas import BAR_WIDTH, HEADING_LINES, Cell, GridCanvas

__all__ = ["Cell", "Grid"]

WHEEL_ROWS = 3


class Grid(Moving, GridCanvas, can_focus=True):
    """Rows under fixed headings, with a cursor by cell; the class `-stale` dims them."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("grid.down", "Next row", "down,j", "move(1, 0)"),
        Command("grid.up", "Previous row", "up,k", "move(-1, 0)"),
        Command("grid.right", "Next column", "right,l", "move(0, 1)"),
        Command("grid.left", "Previous column", "left,h", "move(0, -1)"),
        Command("grid.page-down", "Page down", "pagedown", "page(1)"),
        Command("grid.page-up", "Page up", "pageup", "page(-1)"),
        Command("grid.half-down", "Half a page down", "ctrl+d", "page(0.5)"),
        Command("grid.half-up", "Half a page up", "ctrl+u", "page(-0.5)"),
        Command("grid.first-column", "First column", "home", "first_column"),
        Command("grid.last-column", "Last column", "end", "last_column"),
        Command("grid.first-row", "First row", "g g,ctrl+home", "first_row"),
        Command("grid.last-row", "Last row", "G,ctrl+end", "last_row"),
        Command("grid.activate", "The whole value", "enter", "activate", "value"),
        Command("grid.wider", "Wider column", "greater_than_sign", "widen(2)"),
        Command("grid.narrower", "Narrower column", "less_than_sign", "widen(-2)"),
        Command("rows.hide-column", "Hide this column", "c", "hide_column"),
        Command("rows.show-columns", "Show every column again", "a", "show_columns"),
        Command(
            "rows.pin-column", "Keep this column at the left, or let it scroll", "p", "pin_column"
        ),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)
    STEPS: ClassVar[frozenset[str]] = frozenset({"move"})
    LEAPS: ClassVar[frozenset[str]] = frozenset({"page", "first_row", "first_column"})

    class GridMessage(Message):
        """Something that happened in a grid."""

        def __init__(self, grid: "Grid") -> None:
            super().__init__()
            self.grid = grid

        @property
        def control(self) -> "Grid":
            """The grid, for selectors in `@on`."""
            return self.grid

    class CursorMoved(GridMessage):
        """The cursor is on another cell; only the newest is worth hearing."""

        def __init__(self, grid: "Grid", row: int, column: int) -> None:
            super().__init__(grid)
            self.row = row
            self.column = column

        def can_replace(self, message: Message) -> bool:
            """Older ones still waiting need not be handled."""
            return isinstance(message, Grid.CursorMoved) and message.grid is self.grid

    class NeedRows(GridMessage):
        """These rows are on the screen now, loaded or not; only the newest counts."""

        def __init__(self, grid: "Grid", first: int, last: int, direction: int) -> None:
            super().__init__(grid)
            self.first = first
            self.last = last
            self.direction = direction
            """Of travel: 1 towards the end, -1 towards the start, 0 no telling."""

        def can_replace(self, message: Message) -> bool:
            """Older ones still waiting need not be handled."""
            return isinstance(message, Grid.NeedRows) and message.grid is self.grid

    class EndWanted(GridMessage):
        """The last row is wanted: the cursor is on what was thought to be it."""

    class CellActivated(GridMessage):
        """Enter, or a double click: the whole value is wanted."""

        def __init__(self, grid: "Grid", row: int, column: int) -> None:
            super().__init__(grid)
            self.row = row
            self.column = column

    class HeaderClicked(GridMessage):
        """A heading was clicked: an order is wanted."""

        def __init__(self, grid: "Grid", column: int) -> None:
            super().__init__(grid)
            self.column = column

    _is_pulling = False
    """Whether the mouse holds the scroll bar."""

    # Keys

    def action_move(self, rows: int, columns: int) -> None:
        """Move the cursor by cells."""
        last = max(0, len(self.columns) - 1)
        position = max(0, min(self.position + columns, last))
        self.go(self.view.moved_to(self.view.row + rows) if rows else self.view, position)

    def action_page(self, pages: float) -> None:
        """Move page and cursor by pages, or parts of one."""
        self.go(self.view.paged(int(self.view.page * pages) or (1 if pages > 0 else -1)))

    def action_first_row(self) -> None:
        """Go to the first row."""
        self.go(self.view.moved_to(0))

    def action_last_row(self) -> None:
        """Go to the last row."""
        self.go(self.view.moved_to(self.view.height - 1))
        self.post_message(self.EndWanted(self))

    def action_first_column(self) -> None:
        """Go to the first column."""
        self.go(self.view, 0, left=0)

    def action_last_column(self) -> None:
        """Go to the last column."""
        self.go(self.view, max(0, len(self.columns) - 1))

    def action_activate(self) -> None:
        """Ask for the whole value."""
        if self.cell() is not None:
            self.post_message(self.CellActivated(self, *self.cursor))

    def action_widen(self, by: int) -> None:
        """Make the cursor's column wider or narrower."""
        if len(self.columns):
            self.columns.widen(self.columns.index_at(self.position), by)
            self.rearranged()

    def action_hide_column(self) -> None:
        """Hide the cursor's column."""
        if (cell := self.cell()) is not None:
            self.hide_column(cell.index)

    def action_show_columns(self) -> None:
        """Show every column."""
        self.show_all_columns()

    def action_pin_column(self) -> None:
        """Pin the cursor's column, or let it go."""
        if (cell := self.cell()) is not None:
            self.pin_column(cell.index, pinned=not self.columns.is_pinned(cell.index))

    # Mouse

    def on_click(self, event: events.Click) -> None:
        """Put the cursor there; a second click wants the whole value, one on a heading an order."""
        slot = self.slot_at(event.x)
        if event.y < HEADING_LINES:
            if slot is not None:
                self.post_message(self.HeaderClicked(self, slot.index))
            return
        row = self.view.top + event.y - HEADING_LINES
        if row > self.view.last or event.x >= self.size.width - BAR_WIDTH:
            return
        self.go(self.view.moved_to(row), self.position if slot is None else slot.position)
        if event.chain > 1 and slot is not None:
            self.action_activate()

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take hold of the scroll bar."""
        if event.x >= self.size.width - BAR_WIDTH and event.y >= HEADING_LINES:
            self._is_pulling = True
            self.capture_mouse()
            self._pull(event.y)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Pull the scroll bar."""
        if self._is_pulling:
            self._pull(event.y)

    def on_mouse_up(self) -> None:
        """Let go of the scroll bar."""
        if self._is_pulling:
            self._is_pulling = False
            self.release_mouse()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll on, sideways with ctrl or shift."""
        self._wheel(event, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll back, sideways with ctrl or shift."""
        self._wheel(event, -1)

    def _wheel(self, event: events.MouseEvent, way: int) -> None:
        event.stop()
        event.prevent_default()
        if event.ctrl or event.shift:
            self.action_move(0, way)
        else:
            self.go(self.view.scrolled_to(self.view.top + way * WHEEL_ROWS))

    def _pull(self, y: int) -> None:
        top = self.view.top_at(y - HEADING_LINES, self.page)
        self.go(self.view.scrolled_to(top))

    # What the canvas tells

    def cursor_moved(self) -> None:
        """Tell whoever listens."""
        self.post_message(self.CursorMoved(self, *self.cursor))

    def rows_shown(self, rows: range, direction: int) -> None:
        """Ask whoever has them."""
        self.post_message(self.NeedRows(self, rows[0], rows[-1], direction))
