"""The grid: any number of rows and columns, of which only the visible ones are ever drawn."""

import os
from collections.abc import Mapping, Sequence
from typing import ClassVar, TypeAlias

from textual import events
from textual.binding import BindingType
from textual.geometry import Offset, Region, Size
from textual.strip import Strip
from textual.widget import Widget

from studio.model.row_page import Value
from studio.model.times import TimesIn
from studio.ui.keys.commands import Command, Moving, bindings
from studio.ui.widgets import grid_messages as messages
from studio.ui.widgets.columns import ColumnLayout
from studio.ui.widgets.glyphs import Glyphs, glyphs_for
from studio.ui.widgets.grid_column import GridColumn
from studio.ui.widgets.grid_painter import GridPainter
from studio.ui.widgets.grid_place import BAR_WIDTH, HEADING_LINES, Cell, GridPlace
from studio.ui.widgets.grid_source import CellLabels, GridSource, ListSource
from studio.ui.widgets.grid_styles import COMPONENTS
from studio.ui.widgets.viewport import Viewport

__all__ = ["Cell", "Grid"]

WHEEL_ROWS = 3


class Grid(Moving, Widget, can_focus=True):
    """Rows under fixed headings, with a cursor by cell; the class `-stale` dims them.

    A plain Widget that scrolls by whole rows itself: see `Viewport`. It paints every cell of its
    region, so it takes no border and no padding.
    """

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
        Command("rows.columns", "Columns: hide, order, pin", "c", "columns"),
        Command("rows.go-to-column", "Go to a column by its name", "colon", "go_to_column"),
        Command("rows.show-columns", "Show every column again", "a", "show_columns"),
        Command(
            "rows.pin-column", "Keep this column at the left, or let it scroll", "P", "pin_column"
        ),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)
    STEPS: ClassVar[frozenset[str]] = frozenset({"move"})
    LEAPS: ClassVar[frozenset[str]] = frozenset({"page", "first_row", "first_column"})

    CursorMoved: TypeAlias = messages.CursorMoved
    NeedRows: TypeAlias = messages.NeedRows
    EndWanted: TypeAlias = messages.EndWanted
    CellActivated: TypeAlias = messages.CellActivated
    HeaderClicked: TypeAlias = messages.HeaderClicked

    ALLOW_SELECT = False
    """A dragged mouse would select text that is not there: nothing is rendered but lines."""
    COMPONENT_CLASSES: ClassVar[set[str]] = set(COMPONENTS)

    DEFAULT_CSS = """
    Grid {
        width: 1fr;
        height: 1fr;
        background: $background;
        color: $foreground;
        & > .grid--null, & > .grid--dim, & > .grid--control { color: $text-muted; }
        & > .grid--gutter { color: $text-disabled; }
        & > .grid--header { color: $text-muted; text-style: bold; background: $surface; }
        & > .grid--staged { color: $text-warning; }
        & > .grid--inserted { color: $text-success; }
        & > .grid--expected { color: $text-success; text-style: italic; }
        & > .grid--deleted { color: $text-error; }
        & > .grid--mark { color: $text-accent; }
        & > .grid--bar { color: $text-muted; }
        & > .grid--cursor {
            color: $block-cursor-blurred-foreground;
            background: $block-cursor-blurred-background;
        }
        & > .grid--cursor-gutter { color: $foreground; }
        &:focus > .grid--cursor {
            color: $block-cursor-foreground;
            background: $block-cursor-background;
        }
    }
    """

    def __init__(
        self,
        *,
        glyphs: Glyphs | None = None,
        name: str | None = None,
        id: str | None = None,  # noqa: A002 - Textual's own name for it
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        glyphs = glyphs or glyphs_for(os.environ)
        self.columns = ColumnLayout(glyphs)
        self._place = GridPlace(self.columns, lambda: self.size)
        self._painter = GridPainter(self._place, glyphs)
        self._source: GridSource = ListSource(())
        self._marks: set[int] = set()
        self._asked = range(0)
        self._pages_to_go: list[float] = []
        """Pages asked for before it was known how many rows one has."""
        self._is_pulling = False
        """Whether the mouse holds the scroll bar."""

    def set_columns(self, columns: Sequence[GridColumn]) -> None:
        """Head the rows with these, one for each value of a row, in the rows' order."""
        self.columns.set_columns(columns)
        self.rearranged()

    def show_times(self, times: TimesIn) -> None:
        """Show times in this zone."""
        self.columns.show_times(times)
        self.rearranged()

    def show(self, source: GridSource) -> None:
        """Scroll over another source, from its first row."""
        self._source = source
        self._pages_to_go.clear()
        self._place.view = Viewport(height=source.height, page=self.page)
        self._place.gutter = 0
        self._marks.clear()
        self._painter.lines.changed = {}
        self._asked = range(0)
        self._painter.lines.forget()
        self._settle(direction=0, ask=True)
        self.refresh()

    def source_changed(self, *, shift: int = 0) -> None:
        """Draw anew what the source now holds.

        `shift`: what was row i is now row i + shift; page, cursor and marks go along.
        """
        self._place.view = self.view.changed(self._source.height, shift)
        if shift:
            self._painter.lines.changed = {}
            self._marks = {row + shift for row in self._marks}
        self._painter.lines.forget()
        self._settle(direction=0, ask=False)
        self.refresh()

    def rows_changed(self, rows: Sequence[int]) -> None:
        """Draw anew what the source now holds in these rows of the screen; the others, and how
        many there are, are as they were.
        """
        before = self._place.gutter, self._place.left, self.columns.version
        self._painter.lines.forget(rows)
        self._settle(direction=0, ask=False)
        if (self._place.gutter, self._place.left, self.columns.version) != before:
            self.refresh()
        elif rows:
            width = self.size.width
            self.refresh(*(self._place.region(row, width) for row in rows))

    def show_labels(self, labels: CellLabels | None, cells: Mapping[int, int]) -> None:
        """Show what values lead to, in so many cells beside those of these columns."""
        self._painter.lines.labels = labels
        self.columns.show_labels(cells)
        self.rearranged()

    def show_changed(self, marked: Mapping[int, frozenset[int] | None]) -> None:
        """Mark what others changed, by row: these columns of the source; None: all of the row."""
        before = self._painter.lines.changed
        self._painter.lines.changed = marked
        rows = before.keys() | marked.keys()
        self.rows_changed([row for row in rows if row in self.view.rows])

    def move_to(self, row: int | None = None, column: int | None = None) -> None:
        """Put the cursor on a row, on a column of the source, or both, and show it."""
        position = None if column is None else self.columns.position_of(column)
        self.go(
            self.view if row is None else self.view.moved_to(row),
            self._place.position if position is None else position,
        )

    @property
    def view(self) -> Viewport:
        """Which rows are on the screen, and the cursor's."""
        return self._place.view

    @property
    def page(self) -> int:
        """How many rows the screen has room for; before that is known, for any."""
        return self._place.page

    @property
    def cursor(self) -> tuple[int, int]:
        """The cursor's row, and its column's place in the source's rows."""
        return self._place.cursor

    def cell(self) -> Cell | None:
        """What the cursor is on; None in a grid without cells."""
        return self._place.cell(self._source)

    def cell_offset(self) -> Offset:
        """Where the cursor's cell begins, from the grid's top left corner."""
        return self._place.offset()

    def cell_on_screen(self) -> Offset:
        """Where the cursor's cell begins, from the screen's top left corner."""
        return self.cell_offset() + self.region.offset

    @property
    def visible_rows(self) -> range:
        """The rows on the screen."""
        return self.view.rows

    def row_values(self, row: int) -> Sequence[Value] | None:
        """The values of a row; None while it is not loaded."""
        return self._source.row(row)

    @property
    def marks(self) -> frozenset[int]:
        """The marked rows."""
        return frozenset(self._marks)

    def mark(self, row: int, *, marked: bool = True) -> None:
        """Mark a row, or take its mark away."""
        (self._marks.add if marked else self._marks.discard)(row)
        self._painter.lines.forget([row])
        if row in self.view.rows:
            self.refresh(self._place.region(row, self._place.gutter))

    def hide_column(self, index: int) -> None:
        """Take a column off the screen."""
        self.columns.hide(index)
        self.rearranged()

    def show_all_columns(self) -> None:
        """Bring the hidden columns back."""
        self.columns.show_all()
        self.rearranged()

    def pin_column(self, index: int, *, pinned: bool) -> None:
        """Keep a column at the left, or let it scroll."""
        self.columns.pin(index, pinned=pinned)
        self.rearranged()

    def move_column(self, by: int) -> None:
        """Move the cursor's column, and the cursor with it."""
        if len(self.columns):
            self._place.position = self.columns.move(self._place.position, by)
            self.rearranged()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The visible lines, whole or a part of them."""
        return self._painter.paint(self, crop, self._source, self._marks)

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """As wide as there is room."""
        del viewport
        return container.width

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """A heading and all rows, when the height is left to the grid."""
        del viewport, width
        return min(container.height, HEADING_LINES + self.view.height)

    def on_resize(self) -> None:
        """Show more or fewer rows and columns, the cursor's among them."""
        top = self.view.top
        self._place.view = self.view.resized(self.page)
        self._settle(direction=0, ask=True)
        if self.view.top != top:
            self.refresh()
        if self.size:
            pages, self._pages_to_go = self._pages_to_go, []
            for page in pages:
                self.action_page(page)

    def notify_style_update(self) -> None:
        """A theme, a class or the focus changed: colours may have."""
        super().notify_style_update()
        painter = self._painter
        painter.styles_changed()
        if self.has_class("-stale") != painter.is_stale:
            # No rule of a style sheet mentions the class, so Textual would not repaint for it.
            painter.is_stale = not painter.is_stale
            self.refresh()

    def go(self, view: Viewport, position: int | None = None, left: int | None = None) -> None:
        """Be there, at the price of what changes on the screen and no more."""
        old_view, old_position, old_left = self.view, self._place.position, self._place.left
        self._place.view = view
        self._place.position = old_position if position is None else position
        self._place.left = old_left if left is None else left
        self._place.show_column()
        if view.top != old_view.top:
            self._settle(direction=1 if view.top > old_view.top else -1, ask=True)
            self.refresh()
        elif self._place.left != old_left:
            self._settle(direction=0, ask=True)
            self.refresh()
        elif view.row != old_view.row or self._place.position != old_position:
            self.refresh(*self._place.region_between(old_view, old_position))
        else:
            return
        self.post_message(self.CursorMoved(self, *self.cursor))

    def _settle(self, *, direction: int, ask: bool) -> None:
        """Make gutter and columns fit the rows now visible, and ask for those rows."""
        if not self.size:
            return
        self._place.fit_gutter(self._source)
        self._painter.prepare(self)
        slots = self._place.window().slots
        for row in self.view.rows:
            values = None if self._painter.lines.has(row) else self._values_to_fit(row)
            if values is not None:
                self.columns.observe(values, slots)
        self._place.show_column()
        rows = self.view.rows
        is_wanted = ask or rows != self._asked or None in map(self._source.row, rows)
        if rows and is_wanted:
            self._asked = rows
            self.post_message(self.NeedRows(self, rows[0], rows[-1], direction))

    def _values_to_fit(self, row: int) -> Sequence[Value] | None:
        """What the columns must have room for."""
        source = self._source
        values = source.row(row)
        if values is None or source.sign(row) not in {"+", "~"}:
            return values
        return [source.placeholder(row, i) or value for i, value in enumerate(values)]

    def rearranged(self) -> None:
        """Draw columns anew after they changed places, widths, or number."""
        self._place.keep_within()
        self._painter.lines.forget()
        self._place.show_column()
        self._settle(direction=0, ask=False)
        self.refresh()

    # Keys

    def action_move(self, rows: int, columns: int) -> None:
        """Move the cursor by cells."""
        last = max(0, len(self.columns) - 1)
        position = max(0, min(self._place.position + columns, last))
        self.go(self.view.moved_to(self.view.row + rows) if rows else self.view, position)

    def action_page(self, pages: float) -> None:
        """Move page and cursor by pages, or parts of one."""
        if not self.size:
            self._pages_to_go.append(pages)
            return
        # The size is known before the event that tells of it.
        view = self.view.resized(self.page)
        self.go(view.paged(int(view.page * pages) or (1 if pages > 0 else -1)))

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
        else:
            self.notify("there is no row here", markup=False)

    def has_effect(self, action: str) -> bool:
        """Without rows, there is no value."""
        return action != "activate" or self.view.height > 0

    def action_widen(self, by: int) -> None:
        """Make the cursor's column wider or narrower."""
        if len(self.columns):
            self.columns.widen(self.columns.index_at(self._place.position), by)
            self.rearranged()

    def action_columns(self) -> None:
        """List the columns, to hide, order and pin them."""
        from studio.ui.widgets.column_list import ColumnList  # noqa: PLC0415 - not before the first rows

        if self.columns.columns:
            listed = ColumnList(self.columns, self.cursor[1], self.rearranged)
            self.app.push_screen(listed, self._go_to_column)

    def action_go_to_column(self) -> None:
        """Ask for a column, and go there."""
        from studio.ui.widgets.column_list import GoToColumn  # noqa: PLC0415 - not before the first rows

        self.app.push_screen(GoToColumn(self.columns), self._go_to_column)

    def _go_to_column(self, index: int | None) -> None:
        if index is not None:
            self.columns.reveal(index)
            self.rearranged()
            self.move_to(column=index)

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
        slot = self._place.slot_at(event.x)
        if event.y < HEADING_LINES:
            if slot is not None:
                self.post_message(self.HeaderClicked(self, slot.index))
            return
        row = self.view.top + event.y - HEADING_LINES
        if row > self.view.last or event.x >= self.size.width - BAR_WIDTH:
            return
        self.go(self.view.moved_to(row), self._place.position if slot is None else slot.position)
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
