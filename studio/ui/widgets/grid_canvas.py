"""The grid's picture: a source seen through a viewport and a layout, at the least cost."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.geometry import Offset, Region, Size
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


class GridCanvas(Widget):
    """Rows under fixed headings, with a cursor by cell; `Grid` gives it keys and a mouse.

    A plain Widget that scrolls by whole rows itself: see `Viewport`. It paints every cell of its
    region, so it takes no border and no padding. The class `-stale` dims what it shows.
    """

    ALLOW_SELECT = False
    """A dragged mouse would select text that is not there: nothing is rendered but lines."""
    COMPONENT_CLASSES: ClassVar[set[str]] = set(COMPONENTS)

    DEFAULT_CSS = """
    GridCanvas {
        width: 1fr;
        height: 1fr;
        background: $background;
        color: $foreground;
        & > .grid--null, & > .grid--dim, & > .grid--control { color: $text-muted; }
        & > .grid--gutter { color: $text-disabled; }
        & > .grid--header { color: $text-muted; text-style: bold; background: $surface; }
        & > .grid--staged { color: $text-warning; }
        & > .grid--inserted { color: $text-success; }
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
        self._glyphs = glyphs or glyphs_for(os.environ)
        self.columns = ColumnLayout(self._glyphs)
        self._lines = GridLines(self.columns, self._glyphs)
        self._source: GridSource = ListSource(())
        self.view = Viewport()
        """Which rows are on the screen, and the cursor's."""
        self.position = 0
        """The cursor's column, in the order of display."""
        self._left = 0
        self._gutter = 0
        self._marks: set[int] = set()
        self._styles: GridStyles | None = None
        self._are_styles_old = True
        self._is_stale = False
        self._asked = range(0)

    def set_columns(self, columns: Sequence[GridColumn]) -> None:
        """Head the rows with these, one for each value of a row, in the rows' order."""
        self.columns.set_columns(columns)
        self.position = min(self.position, max(0, len(self.columns) - 1))
        self.rearranged()

    def show(self, source: GridSource) -> None:
        """Scroll over another source, from its first row."""
        self._source = source
        self.view = Viewport(height=source.height, page=self.page)
        self._gutter = 0
        self._marks.clear()
        self._asked = range(0)
        self._lines.forget()
        self._settle(direction=0, ask=True)
        self.refresh()

    def source_changed(self, *, shift: int = 0) -> None:
        """Draw anew what the source now holds.

        `shift`: what was row i is now row i + shift; page, cursor and marks go along.
        """
        self.view = self.view.changed(self._source.height, shift)
        if shift:
            self._marks = {row + shift for row in self._marks}
        self._lines.forget()
        self._settle(direction=0, ask=False)
        self.refresh()

    def rows_changed(self, rows: Sequence[int]) -> None:
        """Draw anew what the source now holds in these rows of the screen; the others, and how
        many there are, are as they were.
        """
        before = self._gutter, self._left, self.columns.version
        self._lines.forget(rows)
        self._settle(direction=0, ask=False)
        if (self._gutter, self._left, self.columns.version) != before:
            self.refresh()
        elif rows:
            self.refresh(*(Region(0, self._line_of(row), self.size.width, 1) for row in rows))

    def move_to(self, row: int | None = None, column: int | None = None) -> None:
        """Put the cursor on a row, on a column of the source, or both, and show it."""
        position = None if column is None else self.columns.position_of(column)
        self.go(
            self.view if row is None else self.view.moved_to(row),
            self.position if position is None else position,
        )

    @property
    def cursor(self) -> tuple[int, int]:
        """The cursor's row, and its column's place in the source's rows."""
        index = self.columns.index_at(self.position) if len(self.columns) else 0
        return self.view.row, index

    @property
    def visible_rows(self) -> range:
        """The rows on the screen."""
        return self.view.rows

    def cell(self) -> Cell | None:
        """What the cursor is on; None in a grid without cells."""
        if not len(self.columns) or not self.view.height:
            return None
        row, index = self.cursor
        values = self._source.row(row)
        is_loaded = values is not None and index < len(values)
        value = values[index] if values is not None and is_loaded else None
        return Cell(row, index, self.columns.columns[index], value, is_loaded)

    def cell_offset(self) -> Offset:
        """Where the cursor's cell begins, from the grid's top left corner."""
        slot = self._slot(self.position)
        x = self._gutter + slot.x if slot is not None else self._gutter
        return Offset(x, self._line_of(self.view.row))

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
        self._lines.forget([row])
        if row in self.view.rows:
            self.refresh(Region(0, self._line_of(row), self._gutter, 1))

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
            self.position = self.columns.move(self.position, by)
            self.rearranged()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The visible lines, whole or a part of them."""
        self._prepare()
        # Asked once: Textual works a size out anew each time.
        width, page = self.size.width, self.page
        thumb = self.view.thumb(page)
        bars = range(0) if len(thumb) == page else thumb
        lines = [self._line(y, bars, width) for y in range(crop.y, crop.bottom)]
        if crop.x == 0 and crop.width >= width:
            return lines
        return [line.crop(crop.x, crop.right) for line in lines]

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
        self.view = self.view.resized(self.page)
        self._settle(direction=0, ask=True)

    def notify_style_update(self) -> None:
        """A theme, a class or the focus changed: colours may have."""
        super().notify_style_update()
        self._are_styles_old = True
        if self.has_class("-stale") != self._is_stale:
            # No rule of a style sheet mentions the class, so Textual would not repaint for it.
            self._is_stale = not self._is_stale
            self.refresh()

    @property
    def page(self) -> int:
        """How many rows the screen has room for; before that is known, for any."""
        return max(1, self.size.height - HEADING_LINES) if self.size else sys.maxsize

    @property
    def _columns_width(self) -> int:
        return max(0, self.size.width - self._gutter - BAR_WIDTH)

    def _window(self) -> Window:
        return self.columns.window(self._left, self._columns_width)

    def _prepare(self) -> None:
        # A grid that is being taken away is drawn once more, when it has no style sheet any more.
        is_leaving = self._styles is not None and not self.is_attached
        if (self._are_styles_old and not is_leaving) or self._styles is None:
            styles = styles_of(self)
            self._are_styles_old = False
            if styles != self._styles:
                self._styles = styles
        frame = Frame(
            window=self._window(),
            gutter=self._gutter,
            width=self.size.width,
            layout_version=self.columns.version,
            is_stale=self._is_stale,
        )
        self._lines.use(frame, self._styles)

    def _line(self, y: int, bars: range, width: int) -> Strip:
        if y < HEADING_LINES:
            return self._lines.heading()
        row = self.view.top + y - HEADING_LINES
        bar = self._glyphs.thumb if y - HEADING_LINES in bars else " "
        if row > self.view.last:
            return self._lines.blank(bar)
        strip = self._lines.row(self._source, row, marked=row in self._marks, bar=bar)
        return self._with_cursor(strip, width) if row == self.view.row else strip

    def _with_cursor(self, strip: Strip, width: int) -> Strip:
        styles = self._styles
        if styles is None:
            return strip
        if self._gutter:
            is_signed = not strip.text.startswith(" ")
            strip = self._lines.painted(strip, int(is_signed), self._gutter, styles.cursor_gutter)
        slot = self._slot(self.position)
        if slot is None:
            return strip
        start = self._gutter + slot.x
        end = min(self._gutter + slot.end, width - BAR_WIDTH)
        return self._lines.painted(strip, start, end, styles.cursor)

    def cursor_moved(self) -> None:
        """Called when the cursor is on another cell."""

    def rows_shown(self, rows: range, direction: int) -> None:
        """Called when other rows are on the screen; `direction` of travel: 1, -1, or 0."""

    def go(self, view: Viewport, position: int | None = None, left: int | None = None) -> None:
        """Be there, at the price of what changes on the screen and no more."""
        old_view, old_position, old_left = self.view, self.position, self._left
        self.view = view
        self.position = old_position if position is None else position
        self._left = old_left if left is None else left
        self._show_column()
        if view.top != old_view.top:
            self._settle(direction=1 if view.top > old_view.top else -1, ask=True)
            self.refresh()
        elif self._left != old_left:
            self._settle(direction=0, ask=True)
            self.refresh()
        elif view.row != old_view.row or self.position != old_position:
            ends = {old_view.row: self._end_of(old_position)}
            ends[view.row] = max(ends.get(view.row, 0), self._end_of(self.position))
            # One region a row: Textual sends a line from its start to the end of each region.
            self.refresh(*(Region(0, self._line_of(row), end, 1) for row, end in ends.items()))
        else:
            return
        self.cursor_moved()

    def _settle(self, *, direction: int, ask: bool) -> None:
        """Make gutter and columns fit the rows now visible, and ask for those rows."""
        if not self.size:
            return
        self._fit_gutter()
        self._prepare()
        slots = self._window().slots
        for row in self.view.rows:
            values = None if self._lines.has(row) else self._values_to_fit(row)
            if values is not None:
                self.columns.observe(values, slots)
        self._show_column()
        rows = self.view.rows
        is_wanted = ask or rows != self._asked or None in map(self._source.row, rows)
        if rows and is_wanted:
            self._asked = rows
            self.rows_shown(rows, direction)

    def _values_to_fit(self, row: int) -> Sequence[Value] | None:
        """What the columns must have room for."""
        source = self._source
        values = source.row(row)
        if values is None or source.sign(row) not in {"+", "~"}:
            return values
        return [source.placeholder(row, i) or value for i, value in enumerate(values)]

    def _fit_gutter(self) -> None:
        """Only ever wider while one source is shown, so that columns do not sway."""
        if not self.view.height:
            return
        ends = (self.view.top, self.view.last)
        needed = seen_width([self._source.number(row) for row in ends])
        most = min(MOST_GUTTER, self.size.width // 3)
        self._gutter = min(max(self._gutter, needed), most)

    def _show_column(self) -> None:
        if self.size:
            self._left = self.columns.left_to_show(self.position, self._left, self._columns_width)

    def rearranged(self) -> None:
        """Draw columns anew after they changed places, widths, or number."""
        last = max(0, len(self.columns) - 1)
        self.position = min(self.position, last)
        self._left = min(self._left, last)
        self._lines.forget()
        self._show_column()
        self._settle(direction=0, ask=False)
        self.refresh()

    def _slot(self, position: int) -> Slot | None:
        return next((s for s in self._window().slots if s.position == position), None)

    def slot_at(self, x: int) -> Slot | None:
        """The column at a place of the screen."""
        x -= self._gutter
        return next((slot for slot in self._window().slots if slot.x <= x < slot.end), None)

    def _line_of(self, row: int) -> int:
        return HEADING_LINES + row - self.view.top

    def _end_of(self, position: int) -> int:
        """Where the cell, or at least the row's number, ends."""
        slot = self._slot(position)
        return self._gutter + (min(slot.end, self._columns_width) if slot else 0)
