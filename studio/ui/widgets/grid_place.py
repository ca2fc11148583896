"""Which rows and columns of a grid are on the screen, and where on it the cursor is."""

import sys
from collections.abc import Callable
from dataclasses import dataclass

from textual.geometry import Offset, Region, Size

from studio.model.row_page import Value
from studio.ui.widgets.column_slots import CELL_PADDING, ColumnSlot, Window
from studio.ui.widgets.columns import ColumnLayout
from studio.ui.widgets.grid_column import GridColumn
from studio.ui.widgets.grid_lines import seen_width
from studio.ui.widgets.grid_source import GridSource
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


class GridPlace:
    """Cells of the screen: a gutter with row numbers, pinned columns, scrolled ones, a bar."""

    def __init__(self, columns: ColumnLayout, size: Callable[[], Size]) -> None:
        """`size` is the grid's own now; empty before it is known."""
        self.columns = columns
        self._size = size
        self.view = Viewport()
        """Which rows are on the screen, and the cursor's."""
        self.position = 0
        """The cursor's column, in the order of display."""
        self.left = 0
        """How many columns are scrolled out at the left."""
        self.gutter = 0

    @property
    def page(self) -> int:
        """How many rows the screen has room for; before that is known, for any."""
        size = self._size()
        return max(1, size.height - HEADING_LINES) if size else sys.maxsize

    @property
    def columns_width(self) -> int:
        """Cells between gutter and bar."""
        return max(0, self._size().width - self.gutter - BAR_WIDTH)

    @property
    def cursor(self) -> tuple[int, int]:
        """The cursor's row, and its column's place in the source's rows."""
        index = self.columns.index_at(self.position) if len(self.columns) else 0
        return self.view.row, index

    def cell(self, source: GridSource) -> Cell | None:
        """What the cursor is on; None in a grid without cells."""
        if not len(self.columns) or not self.view.height:
            return None
        row, index = self.cursor
        values = source.row(row)
        is_loaded = values is not None and index < len(values)
        value = values[index] if values is not None and is_loaded else None
        return Cell(row, index, self.columns.columns[index], value, is_loaded)

    def window(self) -> Window:
        """The columns on the screen."""
        return self.columns.window(self.left, self.columns_width)

    def slot(self, position: int) -> ColumnSlot | None:
        """Where a column is on the screen."""
        return next((s for s in self.window().slots if s.position == position), None)

    def slot_at(self, x: int) -> ColumnSlot | None:
        """The column at a place of the screen."""
        x -= self.gutter
        return next((slot for slot in self.window().slots if slot.x <= x < slot.end), None)

    def line_of(self, row: int) -> int:
        """The line of the screen that a row is on."""
        return HEADING_LINES + row - self.view.top

    def end_of(self, position: int) -> int:
        """Where the cell under the cursor, or at least the row's number, ends."""
        slot = self.slot(position)
        return self.gutter + (self.under_cursor(slot).stop if slot else 0)

    def under_cursor(self, slot: ColumnSlot) -> range:
        """The cells of the columns' area that a column takes where the cursor is: an id is whole
        there, over its neighbours; at the right edge it begins before its place.
        """
        most = self.columns_width
        wanted = self.columns.whole_width(slot) + CELL_PADDING
        stop = min(slot.x + wanted, most)
        start = slot.x if wanted == slot.width + CELL_PADDING else max(0, stop - wanted)
        return range(min(slot.x, start), stop)

    def offset(self) -> Offset:
        """Where the cursor's cell begins."""
        slot = self.slot(self.position)
        x = self.gutter + slot.x if slot is not None else self.gutter
        return Offset(x, self.line_of(self.view.row))

    def region(self, row: int, width: int) -> Region:
        """The start of a row's line."""
        return Region(0, self.line_of(row), width, 1)

    def region_between(self, old: Viewport, old_position: int) -> list[Region]:
        """What changes when only the cursor went from there to here: one region a row, for a line
        is sent from its start to the end of each region.
        """
        ends = {old.row: self.end_of(old_position)}
        ends[self.view.row] = max(ends.get(self.view.row, 0), self.end_of(self.position))
        return [self.region(row, end) for row, end in ends.items()]

    def show_column(self) -> None:
        """Scroll sideways to the cursor's column."""
        if self._size():
            self.left = self.columns.left_to_show(self.position, self.left, self.columns_width)

    def keep_within(self) -> None:
        """Be on a column that there is."""
        last = max(0, len(self.columns) - 1)
        self.position = min(self.position, last)
        self.left = min(self.left, last)

    def fit_gutter(self, source: GridSource) -> None:
        """Only ever wider while one source is shown, so that columns do not sway."""
        if not self.view.height:
            return
        ends = (self.view.top, self.view.last)
        needed = seen_width([source.number(row) for row in ends])
        most = min(MOST_GUTTER, self._size().width // 3)
        self.gutter = min(max(self.gutter, needed), most)
