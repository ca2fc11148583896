"""Rows of the grid as strips: complete, exactly wide, and made once for as long as they hold."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from studio.model.page import Value
from studio.ui.widgets.cells import Role, Span, draw
from studio.ui.widgets.columns import ColumnLayout, GridColumn, Slot, Window
from studio.ui.widgets.glyphs import Glyphs
from studio.ui.widgets.grid_source import GridSource
from studio.ui.widgets.grid_styles import GridStyles
from studio.ui.widgets.safe_text import cells_up_to, fit

MOST_STRIPS = 1000
"""Kept for scrolling back; about a dozen screens."""
_KEPT_ROLES = {Role.NULL, Role.DIM, Role.CONTROL}
_SIGN_ROLES = {"~": Role.STAGED, "+": Role.INSERTED, "×": Role.DELETED}


@dataclass(frozen=True, slots=True)
class Frame:
    """All a row's look depends on besides the row: equal frames, equal strips."""

    window: Window
    gutter: int
    """Cells left of the columns."""
    width: int
    """Of the whole strip; its last cell is the scroll bar's."""
    layout_version: int
    is_stale: bool


class GridLines:
    """Draws the heading and the rows of one source."""

    def __init__(self, layout: ColumnLayout, glyphs: Glyphs) -> None:
        self._layout = layout
        self._glyphs = glyphs
        self._frame: Frame | None = None
        self._styles: GridStyles | None = None
        self._rows: dict[int, dict[str, Strip]] = {}
        self._heading: Strip | None = None

    def use(self, frame: Frame, styles: GridStyles) -> None:
        """Draw like this from now on."""
        if frame != self._frame or styles is not self._styles:
            self._frame, self._styles = frame, styles
            self.forget()

    def forget(self, rows: Iterable[int] | None = None) -> None:
        """Draw these rows anew, or everything."""
        if rows is None:
            self._rows.clear()
            self._heading = None
            return
        for row in rows:
            self._rows.pop(row, None)

    def has(self, row: int) -> bool:
        """Whether the row was drawn in this frame already."""
        return row in self._rows

    def row(self, source: GridSource, index: int, *, marked: bool, bar: str) -> Strip:
        """The strip of a row, without its cursor; `bar` is the scroll bar's cell on this line."""
        drawn = self._rows.get(index)
        if drawn is None:
            if len(self._rows) >= MOST_STRIPS:
                self._rows.clear()
            drawn = self._rows[index] = {}
        strip = drawn.get(bar)
        if strip is None:
            spans = self._row_spans(source, index, marked=marked)
            strip = drawn[bar] = self._strip(spans, self._columns_end, bar)
        return strip

    def heading(self) -> Strip:
        """The strip of the column names."""
        if self._heading is None:
            self._heading = self._strip(self._heading_spans(), self._place.width - 1, " ")
        return self._heading

    def blank(self, bar: str) -> Strip:
        """A line below the last row."""
        return self._strip((), 0, bar)

    @staticmethod
    def painted(strip: Strip, start: int, end: int, style: Style) -> Strip:
        """The strip with one stretch in another style: a cursor over it."""
        before, middle, after = (
            strip.crop(0, start),
            strip.crop(start, end),
            strip.crop(end, strip.cell_length),
        )
        return Strip.join([before, Strip([Segment(middle.text, style)], end - start), after])

    @property
    def _look(self) -> GridStyles:
        if self._styles is None:
            raise RuntimeError("use() comes before drawing")
        return self._styles

    @property
    def _place(self) -> Frame:
        if self._frame is None:
            raise RuntimeError("use() comes before drawing")
        return self._frame

    @property
    def _columns_end(self) -> int:
        slots = self._place.window.slots
        return self._place.gutter + (slots[-1].end if slots else 0)

    def _strip(self, spans: Iterable[Span], used: int, bar: str) -> Strip:
        """Merge neighbours of one style and fill the rest: fewer colours, fewer bytes.

        `used`: the cells of all spans together, which the caller knows without counting.
        """
        roles, width, is_stale = self._look.roles, self._place.width, self._place.is_stale
        body = roles[Role.DIM if is_stale else Role.TEXT]
        segments: list[Segment] = []
        texts: list[str] = []
        style = body
        for text, role in (*spans, Span(" " * (width - 1 - used), Role.TEXT)):
            wanted = body if is_stale and role is not Role.HEADER else roles[role]
            if wanted != style and texts:
                segments.append(Segment("".join(texts), style))
                texts = []
            style = wanted
            texts.append(text)
        segments.append(Segment("".join(texts), style))
        segments.append(Segment(bar, body if bar == " " else self._look.bar))
        strip = Strip(segments, max(used + 1, width))
        return strip.crop(0, width)

    def _row_spans(self, source: GridSource, index: int, *, marked: bool) -> Iterator[Span]:
        sign = source.sign(index)
        row = source.row(index)
        yield from self._gutter_spans(source.number(index), sign, marked=marked)
        rule_x = self._place.window.rule_x
        for slot in self._place.window.slots:
            if rule_x >= 0 and slot.x == rule_x + 1:
                yield Span(self._glyphs.rule, Role.TEXT)
            if row is None or slot.index >= len(row):
                yield Span(f" {self._glyphs.loading}".ljust(slot.width + 2), Role.DIM)
            elif sign:
                yield from self._staged_spans(source, index, slot, row[slot.index])
            else:
                yield from self._cell_spans(slot, row[slot.index])

    def _cell_spans(self, slot: Slot, value: Value) -> Iterator[Span]:
        spans = draw(value, self._layout.format(slot.index), slot.width, self._glyphs)
        yield Span(" ", spans[0].role if spans else Role.TEXT)
        yield from spans
        yield Span(" ", spans[-1].role if spans else Role.TEXT)

    def _staged_spans(
        self, source: GridSource, index: int, slot: Slot, value: Value
    ) -> Iterator[Span]:
        """A cell of a row that differs from the database's, in the colour of the difference."""
        sign = source.sign(index)
        if sign == "+" and (placeholder := source.placeholder(index, slot.index)):
            pieces = fit(placeholder, slot.width, self._glyphs)
            text = "".join(piece.text for piece in pieces)
            used = cells_up_to(text, slot.width, self._glyphs)
            yield Span(f" {text}{' ' * (slot.width - used)} ", Role.DIM)
            return
        cell_sign = source.cell_sign(index, slot.index) if sign == "~" else ""
        role = _SIGN_ROLES.get(cell_sign if sign == "~" else sign)
        if role is None:
            yield from self._cell_spans(slot, value)
            return
        spans = draw(value, self._layout.format(slot.index), slot.width, self._glyphs)
        yield Span(self._glyphs.sign(cell_sign), role)
        for span in spans:
            yield span if span.role in _KEPT_ROLES else Span(span.text, role)
        yield Span(" ", role)

    def _gutter_spans(self, number: str, sign: str, *, marked: bool) -> Iterator[Span]:
        room = self._place.gutter - 2
        if room < 0:
            return
        if sign:
            yield Span(self._glyphs.sign(sign), _SIGN_ROLES.get(sign, Role.GUTTER))
        elif marked:
            yield Span(self._glyphs.mark, Role.MARK)
        else:
            yield Span(" ", Role.GUTTER)
        shown = number if len(number) <= room else number[-room:] if room else ""
        yield Span(f"{shown:>{room}} " if room else " ", Role.GUTTER)

    def _heading_spans(self) -> Iterator[Span]:
        window = self._place.window
        left = self._glyphs.more_left if window.has_left else " "
        if self._place.gutter:
            yield Span(left.rjust(self._place.gutter), Role.HEADER)
        for slot in window.slots:
            if window.rule_x >= 0 and slot.x == window.rule_x + 1:
                yield Span(self._glyphs.rule, Role.HEADER)
            yield Span(self._heading_text(self._layout.columns[slot.index], slot), Role.HEADER)
        end = window.slots[-1].end if window.slots else 0
        missing = self._place.width - 1 - self._place.gutter - end
        if missing > 0:
            right = self._glyphs.more_right if window.has_right else " "
            yield Span(right.rjust(missing), Role.HEADER)

    def _heading_text(self, column: GridColumn, slot: Slot) -> str:
        signs = column.signs(self._glyphs)
        room = slot.width - len(signs)
        if room < 1:
            signs, room = "", slot.width
        pieces = fit(column.name, room, self._glyphs)
        text = "".join(piece.text for piece in pieces) + signs
        blank = " " * (slot.width - cells_up_to(text, slot.width, self._glyphs))
        is_right = column.kind.is_number
        return f" {blank}{text} " if is_right else f" {text}{blank} "


def seen_width(numbers: Sequence[str]) -> int:
    """The gutter's cells for these row numbers: sign, number, gap."""
    return 2 + max((len(number) for number in numbers), default=0)
