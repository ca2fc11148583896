"""The grid's lines as they are painted: heading, rows, cursor and scroll bar."""

from collections.abc import Collection

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from studio.ui.widgets.glyphs import Glyphs
from studio.ui.widgets.grid_lines import GridFrame, GridLines, staged_role
from studio.ui.widgets.grid_place import BAR_WIDTH, HEADING_LINES, GridPlace
from studio.ui.widgets.grid_source import GridSource
from studio.ui.widgets.grid_styles import GridStyles, styles_of


class GridPainter:
    """Makes each line once, and again when it has become another."""

    def __init__(self, place: GridPlace, glyphs: Glyphs) -> None:
        self._place = place
        self._glyphs = glyphs
        self.lines = GridLines(place.columns, glyphs)
        """The lines that are kept."""
        self._styles: GridStyles | None = None
        self._are_styles_old = True
        self.is_stale = False
        """Whether the rows are no answer any more: they are dimmed."""

    def styles_changed(self) -> None:
        """A theme, a class or the focus changed: colours may have."""
        self._are_styles_old = True

    def prepare(self, grid: Widget) -> None:
        """Take the grid's styles, widths and columns of now."""
        # A grid that is being taken away is drawn once more, when it has no style sheet any more.
        is_leaving = self._styles is not None and not grid.is_attached
        if (self._are_styles_old and not is_leaving) or self._styles is None:
            styles = styles_of(grid)
            self._are_styles_old = False
            if styles != self._styles:
                self._styles = styles
        place = self._place
        frame = GridFrame(
            window=place.window(),
            gutter=place.gutter,
            width=grid.size.width,
            layout_version=place.columns.version,
            is_stale=self.is_stale,
        )
        self.lines.use(frame, self._styles)

    def paint(
        self, grid: Widget, crop: Region, source: GridSource, marks: Collection[int]
    ) -> list[Strip]:
        """The visible lines, whole or a part of them."""
        self.prepare(grid)
        # Asked once: Textual works a size out anew each time.
        width, page = grid.size.width, self._place.page
        thumb = self._place.view.thumb(page)
        bars = range(0) if len(thumb) == page else thumb
        lines = [self._line(y, bars, width, source, marks) for y in range(crop.y, crop.bottom)]
        if crop.x == 0 and crop.width >= width:
            return lines
        return [line.crop(crop.x, crop.right) for line in lines]

    def _line(
        self, y: int, bars: range, width: int, source: GridSource, marks: Collection[int]
    ) -> Strip:
        if y < HEADING_LINES:
            return self.lines.heading()
        view = self._place.view
        row = view.top + y - HEADING_LINES
        bar = self._glyphs.thumb if y - HEADING_LINES in bars else " "
        if row > view.last:
            return self.lines.blank(bar)
        strip = self.lines.row(source, row, marked=row in marks, bar=bar)
        return self._with_cursor(strip, width, source, row) if row == view.row else strip

    def _with_cursor(self, strip: Strip, width: int, source: GridSource, row: int) -> Strip:
        styles, place = self._styles, self._place
        if styles is None:
            return strip
        if place.gutter:
            is_signed = not strip.text.startswith(" ")
            strip = self.lines.painted(strip, int(is_signed), place.gutter, styles.cursor_gutter)
        slot = place.slot(place.position)
        if slot is None:
            return strip
        role = None if self.is_stale else staged_role(source, row, slot.index)
        style = styles.cursor if role is None else styles.cursor_on[role]
        cells = place.under_cursor(slot)
        whole = self.lines.whole_text(source, row, slot, len(cells))
        if not whole:
            cells = range(slot.x, min(slot.end, place.columns_width))
        start, end = place.gutter + cells.start, min(place.gutter + cells.stop, width - BAR_WIDTH)
        return self.lines.painted(strip, start, end, style, whole)
