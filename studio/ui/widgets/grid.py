"""The grid: any number of rows and columns, of which only the visible ones are ever drawn."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from studio.model.page import Value
from studio.ui.widgets.columns import ColumnLayout, GridColumn, Slot, Window
from studio.ui.widgets.glyphs import Glyphs, glyphs_for
from studio.ui.widgets.grid_lines import Frame, GridLines, seen_width
from studio.ui.widgets.grid_source import GridSource, ListSource
from studio.ui.widgets.grid_styles import COMPONENTS, GridStyles, styles_of
from studio.ui.widgets.viewport import Viewport

HEADING_LINES = 1
BAR_WIDTH = 1
WHEEL_ROWS = 3
MOST_GUTTER = 24


@dataclass(frozen=True, slots=True)
class Cell:
    """What the cursor is on."""

    row: int
    index: int
    """Of the column, into the source's rows."""
    column: GridColumn
    value: Value
    is_loaded: bool


class Grid(Widget, can_focus=True):
    """Rows under fixed headings, with a cursor by cell.

    A plain Widget that scrolls by whole rows itself: see `Viewport`. It paints every cell of its
    region, so it takes no border and no padding. The class `-stale` dims what it shows.
    """

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
        & > .grid--deleted { color: $text-error; text-style: strike; }
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

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1, 0)", "Down", show=False, id="grid.down"),
        Binding("up,k", "move(-1, 0)", "Up", show=False, id="grid.up"),
        Binding("right,l", "move(0, 1)", "Right", show=False, id="grid.right"),
        Binding("left,h", "move(0, -1)", "Left", show=False, id="grid.left"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="grid.page-down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="grid.page-up"),
        Binding("ctrl+d", "page(0.5)", "Half a page down", show=False, id="grid.half-down"),
        Binding("ctrl+u", "page(-0.5)", "Half a page up", show=False, id="grid.half-up"),
        Binding("home", "first_column", "First column", show=False, id="grid.first-column"),
        Binding("end", "last_column", "Last column", show=False, id="grid.last-column"),
        Binding("ctrl+home", "first_row", "First row", show=False, id="grid.first-row"),
        Binding("G,ctrl+end", "last_row", "Last row", show=False, id="grid.last-row"),
        Binding("enter", "activate", "Whole value", show=False, id="grid.activate"),
        Binding("greater_than_sign", "widen(2)", "Wider", show=False, id="grid.wider"),
        Binding("less_than_sign", "widen(-2)", "Narrower", show=False, id="grid.narrower"),
    ]

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

    def __init__(
        self,
        *,
        glyphs: Glyphs | None = None,
        name: str | None = None,
        id: str | None = None,  # noqa: A002 - Textual's own name for it
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._glyphs = glyphs or glyphs_for(os.environ)
        self.columns = ColumnLayout(self._glyphs)
        self._lines = GridLines(self.columns, self._glyphs)
        self._source: GridSource = ListSource(())
        self._view = Viewport()
        self._left = 0
        self._position = 0
        self._gutter = 0
        self._marks: set[int] = set()
        self._styles: GridStyles | None = None
        self._are_styles_old = True
        self._asked = range(0)
        self._is_after_g = False
        self._is_pulling = False

    # What others ask of it

    def set_columns(self, columns: Sequence[GridColumn]) -> None:
        """Head the rows with these, one for each value of a row, in the rows' order."""
        self.columns.set_columns(columns)
        self._position = min(self._position, max(0, len(self.columns) - 1))
        self._rearranged()

    def show(self, source: GridSource) -> None:
        """Scroll over another source, from its first row."""
        self._source = source
        self._view = Viewport(height=source.height, page=self._page)
        self._gutter = 0
        self._marks.clear()
        self._asked = range(0)
        self._lines.forget()
        self._settle(direction=0)
        self.refresh()

    def source_changed(self, *, shift: int = 0) -> None:
        """Draw anew what the source now holds.

        `shift`: what was row i is now row i + shift; page, cursor and marks go along.
        """
        self._view = self._view.changed(self._source.height, shift)
        if shift:
            self._marks = {row + shift for row in self._marks}
        self._lines.forget()
        is_missing = any(self._source.row(row) is None for row in self._view.rows)
        self._settle(direction=0, ask=is_missing)
        self.refresh()

    def move_to(self, row: int | None = None, column: int | None = None) -> None:
        """Put the cursor on a row, on a column of the source, or both, and show it."""
        position = None if column is None else self.columns.position_of(column)
        self._go(
            self._view if row is None else self._view.moved_to(row),
            self._position if position is None else position,
        )

    @property
    def cursor(self) -> tuple[int, int]:
        """The cursor's row, and its column's place in the source's rows."""
        index = self.columns.index_at(self._position) if len(self.columns) else 0
        return self._view.row, index

    @property
    def visible_rows(self) -> range:
        """The rows on the screen."""
        return self._view.rows

    def cell(self) -> Cell | None:
        """What the cursor is on; None in a grid without cells."""
        if not len(self.columns) or not self._view.height:
            return None
        row, index = self.cursor
        values = self._source.row(row)
        is_loaded = values is not None and index < len(values)
        value = values[index] if values is not None and is_loaded else None
        return Cell(row, index, self.columns.columns[index], value, is_loaded)

    @property
    def marks(self) -> frozenset[int]:
        """The marked rows."""
        return frozenset(self._marks)

    def mark(self, row: int, *, marked: bool = True) -> None:
        """Mark a row, or take its mark away."""
        (self._marks.add if marked else self._marks.discard)(row)
        self._lines.forget([row])
        if row in self._view.rows:
            self.refresh(Region(0, self._line_of(row), self._gutter, 1))

    def hide_column(self, index: int) -> None:
        """Take a column off the screen."""
        self.columns.hide(index)
        self._rearranged()

    def show_all_columns(self) -> None:
        """Bring the hidden columns back."""
        self.columns.show_all()
        self._rearranged()

    def pin_column(self, index: int, *, pinned: bool) -> None:
        """Keep a column at the left, or let it scroll."""
        self.columns.pin(index, pinned=pinned)
        self._rearranged()

    def move_column(self, by: int) -> None:
        """Move the cursor's column, and the cursor with it."""
        if len(self.columns):
            self._position = self.columns.move(self._position, by)
            self._rearranged()

    # Keys

    def action_move(self, rows: int, columns: int) -> None:
        """Move the cursor by cells."""
        last = max(0, len(self.columns) - 1)
        position = max(0, min(self._position + columns, last))
        self._go(self._view.moved_to(self._view.row + rows) if rows else self._view, position)

    def action_page(self, pages: float) -> None:
        """Move page and cursor by pages, or parts of one."""
        self._go(self._view.paged(int(self._view.page * pages) or (1 if pages > 0 else -1)))

    def action_first_row(self) -> None:
        """Go to the first row."""
        self._go(self._view.moved_to(0))

    def action_last_row(self) -> None:
        """Go to the last row."""
        self._go(self._view.moved_to(self._view.height - 1))

    def action_first_column(self) -> None:
        """Go to the first column."""
        self._go(self._view, 0, left=0)

    def action_last_column(self) -> None:
        """Go to the last column."""
        self._go(self._view, max(0, len(self.columns) - 1))

    def action_activate(self) -> None:
        """Ask for the whole value."""
        if self.cell() is not None:
            self.post_message(self.CellActivated(self, *self.cursor))

    def action_widen(self, by: int) -> None:
        """Make the cursor's column wider or narrower."""
        if len(self.columns):
            self.columns.widen(self.columns.index_at(self._position), by)
            self._rearranged()

    def on_key(self, event: events.Key) -> None:
        """`g g`: the first `g` goes on to whoever else has words that begin with it."""
        if event.key == "g" and self._is_after_g:
            event.stop()
            event.prevent_default()
            self.action_first_row()
        self._is_after_g = event.key == "g" and not self._is_after_g

    # Mouse

    def on_click(self, event: events.Click) -> None:
        """Put the cursor there; a second click wants the whole value, one on a heading an order."""
        slot = self._slot_at(event.x)
        if event.y < HEADING_LINES:
            if slot is not None:
                self.post_message(self.HeaderClicked(self, slot.index))
            return
        row = self._view.top + event.y - HEADING_LINES
        if row > self._view.last or event.x >= self.size.width - BAR_WIDTH:
            return
        self._go(self._view.moved_to(row), self._position if slot is None else slot.position)
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
            self._go(self._view.scrolled_to(self._view.top + way * WHEEL_ROWS))

    def _pull(self, y: int) -> None:
        top = self._view.top_at(y - HEADING_LINES, self._page)
        self._go(self._view.scrolled_to(top))

    # Drawing

    def render_lines(self, crop: Region) -> list[Strip]:
        """The visible lines, whole or a part of them."""
        self._prepare()
        lines = [self._line(y) for y in range(crop.y, crop.bottom)]
        if crop.x == 0 and crop.width >= self.size.width:
            return lines
        return [line.crop(crop.x, crop.right) for line in lines]

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """As wide as there is room."""
        del viewport
        return container.width

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """A heading and all rows, when the height is left to the grid."""
        del viewport, width
        return min(container.height, HEADING_LINES + self._view.height)

    def on_resize(self) -> None:
        """Show more or fewer rows and columns, the cursor's among them."""
        self._view = self._view.resized(self._page)
        self._settle(direction=0)

    def notify_style_update(self) -> None:
        """A theme, a class or the focus changed: colours may have."""
        super().notify_style_update()
        self._are_styles_old = True

    @property
    def _page(self) -> int:
        return max(1, self.size.height - HEADING_LINES)

    @property
    def _columns_width(self) -> int:
        return max(0, self.size.width - self._gutter - BAR_WIDTH)

    def _window(self) -> Window:
        return self.columns.window(self._left, self._columns_width)

    def _prepare(self) -> None:
        if self._are_styles_old or self._styles is None:
            styles = styles_of(self)
            self._are_styles_old = False
            if styles != self._styles:
                self._styles = styles
        frame = Frame(
            window=self._window(),
            gutter=self._gutter,
            width=self.size.width,
            layout_version=self.columns.version,
            is_stale=self.has_class("-stale"),
        )
        self._lines.use(frame, self._styles)

    def _line(self, y: int) -> Strip:
        if y < HEADING_LINES:
            return self._lines.heading()
        row = self._view.top + y - HEADING_LINES
        bar = self._bar(y - HEADING_LINES)
        if row > self._view.last:
            return self._lines.blank(bar)
        strip = self._lines.row(self._source, row, marked=row in self._marks, bar=bar)
        return self._with_cursor(strip) if row == self._view.row else strip

    def _bar(self, y: int) -> str:
        thumb = self._view.thumb(self._page)
        return self._glyphs.thumb if y in thumb and len(thumb) < self._page else " "

    def _with_cursor(self, strip: Strip) -> Strip:
        styles = self._styles
        if styles is None:
            return strip
        if self._gutter:
            strip = self._lines.painted(strip, 1, self._gutter, styles.cursor_gutter)
        slot = self._slot(self._position)
        if slot is None:
            return strip
        start = self._gutter + slot.x
        end = min(self._gutter + slot.end, self.size.width - BAR_WIDTH)
        return self._lines.painted(strip, start, end, styles.cursor)

    # Moving

    def _go(self, view: Viewport, position: int | None = None, left: int | None = None) -> None:
        """Be there, at the price of what changes on the screen and no more."""
        old_view, old_position, old_left = self._view, self._position, self._left
        self._view = view
        self._position = old_position if position is None else position
        self._left = old_left if left is None else left
        self._show_column()
        if view.top != old_view.top:
            self._settle(direction=1 if view.top > old_view.top else -1)
            self.refresh()
        elif self._left != old_left:
            self._settle(direction=0)
            self.refresh()
        elif view.row != old_view.row or self._position != old_position:
            self.refresh(
                *self._cursor_regions(old_view.row, old_position),
                *self._cursor_regions(view.row, self._position),
            )
        else:
            return
        self.post_message(self.CursorMoved(self, *self.cursor))

    def _settle(self, *, direction: int, ask: bool = True) -> None:
        """Make gutter and columns fit the rows now visible, and ask for those rows."""
        if not self.size:
            return
        self._fit_gutter()
        self._prepare()
        slots = self._window().slots
        for row in self._view.rows:
            values = None if self._lines.has(row) else self._source.row(row)
            if values is not None:
                self.columns.observe(values, slots)
        self._show_column()
        rows = self._view.rows
        if rows and (ask or rows != self._asked):
            self._asked = rows
            self.post_message(self.NeedRows(self, rows[0], rows[-1], direction))

    def _fit_gutter(self) -> None:
        """Only ever wider while one source is shown, so that columns do not sway."""
        if not self._view.height:
            return
        ends = (self._view.top, self._view.last, self._view.height - 1)
        needed = seen_width([self._source.number(row) for row in ends])
        most = min(MOST_GUTTER, self.size.width // 3)
        self._gutter = min(max(self._gutter, needed), most)

    def _show_column(self) -> None:
        self._left = self.columns.left_to_show(self._position, self._left, self._columns_width)

    def _rearranged(self) -> None:
        last = max(0, len(self.columns) - 1)
        self._position = min(self._position, last)
        self._left = min(self._left, last)
        self._lines.forget()
        self._show_column()
        self._settle(direction=0, ask=False)
        self.refresh()

    def _slot(self, position: int) -> Slot | None:
        return next((s for s in self._window().slots if s.position == position), None)

    def _slot_at(self, x: int) -> Slot | None:
        x -= self._gutter
        return next((slot for slot in self._window().slots if slot.x <= x < slot.end), None)

    def _line_of(self, row: int) -> int:
        return HEADING_LINES + row - self._view.top

    def _cursor_regions(self, row: int, position: int) -> list[Region]:
        y = self._line_of(row)
        regions = [Region(1, y, self._gutter - 1, 1)] if self._gutter else []
        if slot := self._slot(position):
            width = min(slot.end, self._columns_width) - slot.x
            regions.append(Region(self._gutter + slot.x, y, width, 1))
        return regions
