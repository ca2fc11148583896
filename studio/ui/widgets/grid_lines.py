"""Rows of the grid as strips: complete, exactly wide, and made once for as long as they hold."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from studio.model.row_page import Value
from studio.ui.widgets.cells import CellFormat, Role, RoleSpan, draw
from studio.ui.widgets.column_slots import CELL_PADDING, ColumnSlot, Window
from studio.ui.widgets.columns import ColumnLayout
from studio.ui.widgets.glyphs import Glyphs
from studio.ui.widgets.grid_column import GridColumn
from studio.ui.widgets.grid_source import CellLabels, GridSource
from studio.ui.widgets.grid_styles import GridStyles
from studio.ui.widgets.safe_text import cells_up_to, fit

MOST_STRIPS = 400
"""Kept for scrolling back: a few screens, at some kilobytes a strip."""
_IN_CHANGED_CELLS = {role: role for role in (Role.NULL, Role.DIM, Role.CONTROL)}
_IN_NEW_ROWS = {
    Role.NULL: Role.EXPECTED,
    Role.DIM: Role.EXPECTED,
    Role.CONTROL: Role.CONTROL,
}
_SIGN_ROLES = {"~": Role.STAGED, "+": Role.INSERTED, "×": Role.DELETED}


class GridFrame(NamedTuple):
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
        self.labels: CellLabels | None = None
        """Beside the values of columns that lead to other rows."""
        self.changed: Mapping[int, frozenset[int] | None] = {}
        """What others changed a moment ago, by row: columns of the source; None: all of it."""
        self._frame: GridFrame | None = None
        self._styles: GridStyles | None = None
        self._roles: dict[Role, Style] = {}
        self._rows: dict[int, dict[str, Strip]] = {}
        self._heading: Strip | None = None

    def use(self, frame: GridFrame, styles: GridStyles) -> None:
        """Draw like this from now on."""
        if frame != self._frame or styles is not self._styles:
            self._frame, self._styles = frame, styles
            body = styles.roles[Role.DIM if frame.is_stale else Role.TEXT]
            self._roles = {
                role: body if frame.is_stale and role is not Role.HEADER else style
                for role, style in styles.roles.items()
            }
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
            roles, width = self._roles, self._place.width
            bar = self._glyphs.more_right if self._place.window.has_right else " "
            strip = self._strip(self._heading_spans(), width - 1, "")
            last = Strip([Segment(bar, roles[Role.HEADER])], 1)
            self._heading = Strip.join([strip.crop(0, width - 1), last])
        return self._heading

    def blank(self, bar: str) -> Strip:
        """A line below the last row."""
        return self._strip((), 0, bar)

    def whole_text(self, source: GridSource, row: int, slot: ColumnSlot, room: int) -> str:
        """What stands in a column's cell where the cursor is, in all the `room` it takes there;
        empty: what stands there anyway.
        """
        values = source.row(row)
        is_cut = room > slot.width + CELL_PADDING or self._layout.label_room(slot)
        if not is_cut or values is None or slot.index >= len(values):
            return ""
        text, own = values[slot.index], slot.width - self._layout.label_room(slot)
        if not isinstance(text, str) or len(text) <= own:
            return ""
        roomy = replace(slot, width=room - CELL_PADDING)
        spans = self._value_spans(source, row, roomy, values, source.sign(row))
        return "".join(span.text for span in spans)

    @staticmethod
    def painted(strip: Strip, start: int, end: int, style: Style, text: str = "") -> Strip:
        """The strip with one stretch in another style, a cursor over it; or with `text` there."""
        before, middle, after = (
            strip.crop(0, start),
            strip.crop(start, end),
            strip.crop(end, strip.cell_length),
        )
        segments = [*before, Segment(text or middle.text, style), *after]
        return Strip(Segment.simplify(segments), strip.cell_length)

    @property
    def _look(self) -> GridStyles:
        if self._styles is None:
            raise RuntimeError("use() comes before drawing")
        return self._styles

    @property
    def _place(self) -> GridFrame:
        if self._frame is None:
            raise RuntimeError("use() comes before drawing")
        return self._frame

    @property
    def _columns_end(self) -> int:
        slots = self._place.window.slots
        return self._place.gutter + (slots[-1].end if slots else 0)

    def _strip(self, spans: Iterable[RoleSpan], used: int, bar: str) -> Strip:
        """Merge neighbours of one style and fill the rest: fewer colours, fewer bytes.

        `used`: the cells of all spans together, which the caller knows without counting.
        """
        roles, width = self._roles, self._place.width
        style = body = roles[Role.TEXT]
        segments: list[Segment] = []
        texts: list[str] = []
        for text, role in (*spans, RoleSpan(" " * (width - 1 - used), Role.TEXT)):
            wanted = roles[role]
            # Equal styles are one object: see `styles_of`.
            if wanted is not style and texts:
                segments.append(Segment("".join(texts), style))
                texts = []
            style = wanted
            texts.append(text)
        segments.append(Segment("".join(texts), style))
        segments.append(Segment(bar, body if bar == " " else self._look.bar))
        return Strip(segments, max(used, width - 1) + len(bar)).crop(0, width)

    def _row_spans(self, source: GridSource, index: int, *, marked: bool) -> list[RoleSpan]:
        sign = source.sign(index)
        row = source.row(index)
        spans = self._gutter_spans(source.number(index), sign, marked=marked)
        window, glyphs, layout = self._place.window, self._glyphs, self._layout
        rule_end = window.rule_x + 1
        is_as_read = not sign and index not in self.changed
        for slot in window.slots:
            if rule_end and slot.x == rule_end:
                spans.append(RoleSpan(glyphs.rule, Role.TEXT))
            if row is None or slot.index >= len(row):
                spans.append(RoleSpan(f" {glyphs.loading}".ljust(slot.width + 2), Role.DIM))
            elif is_as_read and not layout.label_room(slot):
                spans += draw(row[slot.index], layout.format(slot.index), slot.width, glyphs)
            else:
                spans += self._cell_spans(source, index, slot, row, sign)
        return spans

    def _cell_spans(
        self, source: GridSource, index: int, slot: ColumnSlot, row: Sequence[Value], sign: str
    ) -> Sequence[RoleSpan]:
        room = self._layout.label_room(slot)
        if not room:
            return self._value_spans(source, index, slot, row, sign)
        narrow = replace(slot, width=slot.width - room)
        value = self._value_spans(source, index, narrow, row, sign)
        label = self.labels.label(row, slot.index) if self.labels is not None else ""
        text = f"{self._glyphs.reference} {label}" if label else ""
        pieces = fit(text, room - 1, self._glyphs)
        blank = " " * (room - sum(cells_up_to(p.text, room, self._glyphs) for p in pieces))
        return [
            *value,
            *(RoleSpan(piece.text, Role.DIM) for piece in pieces),
            RoleSpan(blank, Role.TEXT),
        ]

    def _value_spans(
        self, source: GridSource, index: int, slot: ColumnSlot, row: Sequence[Value], sign: str
    ) -> Sequence[RoleSpan]:
        if sign:
            return self._staged_spans(source, index, slot, row[slot.index])
        if index in self.changed and ((of := self.changed[index]) is None or slot.index in of):
            cell, news = self._layout.format(slot.index), self._glyphs.news
            spans = draw(row[slot.index], cell, slot.width, self._glyphs, news)
            return [RoleSpan(span.text, Role.MARK) for span in spans]
        return draw(row[slot.index], self._layout.format(slot.index), slot.width, self._glyphs)

    def _staged_spans(
        self, source: GridSource, index: int, slot: ColumnSlot, value: Value
    ) -> Sequence[RoleSpan]:
        """A cell of a row that differs from the database's, in the colour of the difference."""
        role, glyphs = staged_role(source, index, slot.index), self._glyphs
        cell = self._layout.format(slot.index)
        sign = glyphs.sign("~" if role is Role.STAGED else "")
        is_new = role is Role.INSERTED
        if role is not Role.DELETED and (text := source.placeholder(index, slot.index)):
            spans = draw(text, CellFormat(cell.kind), slot.width, glyphs, sign)
            return [RoleSpan(span.text, Role.EXPECTED if is_new else Role.DIM) for span in spans]
        if role is None:
            return draw(value, cell, slot.width, glyphs, sign)
        # What will be written is shown as it will be written.
        spans = draw(value, cell.as_written, slot.width, glyphs, sign)
        shown_as = _IN_NEW_ROWS if is_new else _IN_CHANGED_CELLS
        return [RoleSpan(span.text, shown_as.get(span.role, role)) for span in spans]

    def _gutter_spans(self, number: str, sign: str, *, marked: bool) -> list[RoleSpan]:
        room = self._place.gutter - 2
        if room < 0:
            return []
        text = f"{number[-room:] if room else '':>{room}} "
        if sign:
            return [
                RoleSpan(self._glyphs.sign(sign), _SIGN_ROLES.get(sign, Role.GUTTER)),
                RoleSpan(text, Role.GUTTER),
            ]
        if marked:
            return [RoleSpan(self._glyphs.mark, Role.MARK), RoleSpan(text, Role.GUTTER)]
        return [RoleSpan(f" {text}", Role.GUTTER)]

    def _heading_spans(self) -> Iterator[RoleSpan]:
        window = self._place.window
        left = self._glyphs.more_left if window.has_left else " "
        if self._place.gutter:
            yield RoleSpan(left.rjust(self._place.gutter), Role.HEADER)
        for slot in window.slots:
            if window.rule_x >= 0 and slot.x == window.rule_x + 1:
                yield RoleSpan(self._glyphs.rule, Role.HEADER)
            yield RoleSpan(self._heading_text(self._layout.columns[slot.index], slot), Role.HEADER)
        end = window.slots[-1].end if window.slots else 0
        missing = self._place.width - 1 - self._place.gutter - end
        if missing > 0:
            yield RoleSpan(" " * missing, Role.HEADER)

    def _heading_text(self, column: GridColumn, slot: ColumnSlot) -> str:
        signs = column.signs(self._glyphs)
        room = slot.width - len(signs)
        if room < 1:
            signs, room = "", slot.width
        pieces = fit(column.name, room, self._glyphs)
        text = "".join(piece.text for piece in pieces) + signs
        blank = " " * (slot.width - cells_up_to(text, slot.width, self._glyphs))
        is_right = column.kind.is_number
        return f" {blank}{text} " if is_right else f" {text}{blank} "


def staged_role(source: GridSource, row: int, column: int) -> Role | None:
    """What is staged for a cell: the role of the difference; None: nothing."""
    sign = source.sign(row)
    return _SIGN_ROLES.get(source.cell_sign(row, column) if sign == "~" else sign)


def seen_width(numbers: Sequence[str]) -> int:
    """The gutter's cells for these row numbers: sign, number, gap."""
    return 2 + max((len(number) for number in numbers), default=0)
