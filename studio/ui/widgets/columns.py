"""Which columns the grid draws, where, and how wide; the cost is that of the visible ones only."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from studio.model.row_page import Value
from studio.model.table import ColumnKind
from studio.model.times import TimesIn
from studio.ui.widgets.cells import CellFormat, natural_width, number_parts
from studio.ui.widgets.column_slots import CELL_PADDING, ColumnSlot, Window
from studio.ui.widgets.glyphs import Glyphs
from studio.ui.widgets.grid_column import GridColumn
from studio.ui.widgets.opaque import LEAST_OPAQUE, is_opaque
from studio.ui.widgets.safe_text import cells_up_to

if TYPE_CHECKING:
    from studio.config.arranged import Arranged

LEAST_WIDTH, MOST_WIDTH = 3, 40
"""Of a column nobody has widened, in a grid too narrow for all."""
OPAQUE_WIDTH = 13
"""Of ids and hashes there: `c85f0d46…cf3e`."""
MOST_LABEL, _LEAST_LABEL = 24, 4
"""Of a label beside a key, with the sign before it."""
_SHARES, _LEAST_SHARE = 3, 24
"""In a narrow grid, no text takes more than a third of it unless nobody else needs it."""
MOST_HEADING = 24
MOST_SEEN = 200
"""No column asks for more, whatever it holds."""
_LEAST_PART = 8
"""A column at the right edge is begun when this much of it can be seen."""
_STEADY, _STEP = 12, 4
"""Beyond the first, widths grow in steps: fewer jumps while scrolling."""


class ColumnLayout:
    """Widths, order, and what is hidden or pinned; keeps a person's choices by column name."""

    def __init__(self, glyphs: Glyphs) -> None:
        self.columns: tuple[GridColumn, ...] = ()
        self.version = 0
        """Grows whenever what is drawn may differ."""
        self._glyphs = glyphs
        self._order: list[int] = []
        self._hidden: set[str] = set()
        self._pinned: dict[str, bool] = {}
        self._chosen: dict[str, int] = {}
        self._seen: dict[str, int] = {}
        self._parts: dict[str, tuple[int, int]] = {}
        """Of columns of numbers: the most cells before a point, and from it on."""
        self._opaque: dict[str, bool] = {}
        """Whether all long texts seen of a column were ids and hashes."""
        self._labels: dict[int, int] = {}
        self._formats: tuple[CellFormat, ...] = ()
        self._times = TimesIn.STORED
        self._pins = 0
        self._window_key: tuple[int, int, int] | None = None
        self._window = Window((), (), -1, has_left=False, has_right=False, last_whole=-1)

    def __len__(self) -> int:
        """How many columns are not hidden."""
        return len(self._order)

    @property
    def pins(self) -> int:
        """How many positions, from the left, stay while the others scroll."""
        return self._pins

    def set_columns(self, columns: Sequence[GridColumn]) -> None:
        """Show these; a person's choices stay while the names are those of before."""
        if [column.name for column in columns] != [column.name for column in self.columns]:
            self._order = list(range(len(columns)))
            self._hidden.clear()
            self._labels = {}
            for choices in (self._pinned, self._chosen, self._seen, self._parts, self._opaque):
                choices.clear()
        self.columns = tuple(columns)
        self._make_formats()
        self._arrange()

    def show_times(self, times: TimesIn) -> None:
        """Show times in this zone; their columns are as wide as they then need."""
        if times is self._times:
            return
        self._times = times
        self._make_formats()
        for column, cell in zip(self.columns, self._formats, strict=True):
            if cell.is_epoch or column.kind is ColumnKind.TIMESTAMP:
                self._seen.pop(column.name, None)
        self.version += 1

    def _make_formats(self) -> None:
        self._formats = tuple(
            replace(
                column.format,
                decimals=self._parts.get(column.name, (0, 0))[1],
                is_opaque=self._opaque.get(column.name, False),
                times=self._times,
            )
            for column in self.columns
        )

    @property
    def arranged(self) -> "Arranged":
        """A person's choices, to keep them."""
        from studio.config.arranged import Arranged  # noqa: PLC0415 - not before the first rows

        names = [self.columns[index].name for index in self._order]
        hidden = tuple(sorted(self._hidden))
        return Arranged(tuple(names), hidden, dict(self._pinned), dict(self._chosen))

    def arrange(self, arranged: "Arranged") -> None:
        """Take choices that were kept, as far as there still are such columns; new ones follow."""
        places = {column.name: index for index, column in enumerate(self.columns)}
        known = [places[name] for name in arranged.order if name in places]
        self._order = known + [index for index in places.values() if index not in set(known)]
        self._hidden = set(arranged.hidden) & places.keys()
        self._pinned = {n: is_pinned for n, is_pinned in arranged.pinned.items() if n in places}
        widths = arranged.widths.items()
        self._chosen = {n: min(MOST_SEEN, width) for n, width in widths if n in places}
        self._arrange()

    def index_at(self, position: int) -> int:
        """The source's column shown at a position."""
        return self._order[position]

    def position_of(self, index: int) -> int | None:
        """Where the source's column is shown; None when it is hidden."""
        return self._order.index(index) if index in self._order else None

    def format(self, index: int) -> CellFormat:
        """How the values of the source's column are written."""
        return self._formats[index]

    def width(self, index: int, area: int = MOST_WIDTH * _SHARES) -> int:
        """Of the source's column, without padding, where all columns have `area` cells."""
        name = self.columns[index].name
        if name in self._chosen:
            return self._chosen[name]
        most = min(MOST_WIDTH, max(_LEAST_SHARE, area // _SHARES))
        most = OPAQUE_WIDTH if self._formats[index].is_opaque else most
        label = self._labels.get(index, 0)
        return max(LEAST_WIDTH, min(most, self._seen_width(index)) + label, self._heading(index))

    def show_labels(self, cells: Mapping[int, int]) -> None:
        """Leave so much room behind the values of these columns of the source."""
        labels = {index: min(MOST_LABEL, wanted) for index, wanted in cells.items()}
        if labels != self._labels:
            self._labels = labels
            self.version += 1

    def label_room(self, slot: ColumnSlot) -> int:
        """What is left in a column's cells for the label behind its value; 0: there is none."""
        if slot.index not in self._labels:
            return 0
        most = OPAQUE_WIDTH if self._formats[slot.index].is_opaque else MOST_WIDTH
        room = slot.width - max(1, min(most, self._seen_width(slot.index)))
        return room if room >= _LEAST_LABEL else 0

    def whole_width(self, slot: ColumnSlot) -> int:
        """What the cells of a column take under the cursor: ids are whole there."""
        if not self._formats[slot.index].is_opaque:
            return slot.width
        return max(slot.width, min(MOST_SEEN, self._seen_width(slot.index)))

    def widen(self, index: int, by: int) -> None:
        """Make the source's column wider, or narrower, than it is drawn, and keep it so."""
        drawn = (slot.width for slot in self._window.slots if slot.index == index)
        wanted = next(drawn, self.width(index)) + by
        self._chosen[self.columns[index].name] = max(1, min(MOST_SEEN, wanted))
        self.version += 1

    def hide(self, index: int) -> None:
        """Take the column off the screen; the last one stays."""
        if len(self._order) > 1:
            self._hidden.add(self.columns[index].name)
            self._arrange()

    @property
    def every(self) -> tuple[int, ...]:
        """The source's columns as they are shown, then those that are hidden."""
        shown = set(self._order)
        hidden = (index for index in range(len(self.columns)) if index not in shown)
        return (*self._order, *hidden)

    def reveal(self, index: int) -> None:
        """Bring a hidden column back, before the first that stands behind it in the table."""
        if index in self._order:
            return
        self._hidden.discard(self.columns[index].name)
        places = (place for place, shown in enumerate(self._order) if shown > index)
        behind = next((p for p in places if p >= self._pins), len(self._order))
        self._order.insert(behind, index)
        self._arrange()

    def show_all(self) -> None:
        """Bring every hidden column back, each to its place in the table."""
        self._hidden.clear()
        self._order = list(range(len(self.columns)))
        self._arrange()

    def pin(self, index: int, *, pinned: bool) -> None:
        """Keep the column at the left while others scroll, or let it go."""
        self._pinned[self.columns[index].name] = pinned
        self._arrange()

    def move(self, position: int, by: int) -> int:
        """Move a column among those pinned like it; returns its new position."""
        low, high = (0, self._pins) if position < self._pins else (self._pins, len(self._order))
        target = max(low, min(high - 1, position + by))
        self._order.insert(target, self._order.pop(position))
        self.version += 1
        return target

    def observe(self, row: Sequence[Value], slots: Sequence[ColumnSlot]) -> bool:
        """Let the drawn columns grow to what a row holds; whether any did."""
        grew = False
        for slot in slots:
            index = slot.index
            if index >= len(row):
                continue
            name, value = self.columns[index].name, row[index]
            # Every cell of every row that is drawn comes here: most have nothing new to tell.
            if self._formats[index].is_number:
                grew |= self._align(index, value)
            if isinstance(value, str) and len(value) > LEAST_OPAQUE:
                grew |= self._tell_opaque(index, value)
            cell, seen = self._formats[index], self._seen.get(name, 0)
            if seen >= MOST_SEEN or name in self._chosen or self._surely_fits(value, cell, seen):
                continue
            needed = natural_width(value, cell, MOST_SEEN, self._glyphs)
            if needed > seen:
                self._seen[name] = needed if needed <= _STEADY else -(-needed // _STEP) * _STEP
                grew = True
        if grew:
            self.version += 1
        return grew

    def _align(self, index: int, value: Value) -> bool:
        """Keep the points of a column below one another; whether it takes more room so."""
        name, cell = self.columns[index].name, self._formats[index]
        whole, fraction = number_parts(value, cell)
        most_whole, most_fraction = self._parts.get(name, (0, 0))
        if whole <= most_whole and fraction <= most_fraction:
            return False
        whole, fraction = max(whole, most_whole), max(fraction, most_fraction)
        self._parts[name] = whole, fraction
        if fraction != most_fraction:
            self._reformat(index, replace(cell, decimals=fraction))
            self._seen[name] = max(self._seen.get(name, 0), min(MOST_SEEN, whole + fraction))
        return fraction != most_fraction

    def _tell_opaque(self, index: int, value: Value) -> bool:
        """Note whether a column holds ids and hashes: until one of its longer texts is none;
        whether that is news.
        """
        name = self.columns[index].name
        known = self._opaque.get(name)
        if known is False or not isinstance(value, str) or len(value) <= LEAST_OPAQUE:
            return False
        told = self._opaque[name] = is_opaque(value)
        if told is bool(known):
            return False
        self._reformat(index, replace(self._formats[index], is_opaque=told))
        return True

    def _reformat(self, index: int, cell: CellFormat) -> None:
        formats = list(self._formats)
        formats[index] = cell
        self._formats = tuple(formats)

    def _surely_fits(self, value: Value, cell: CellFormat, seen: int) -> bool:
        """Whether a glance is enough: most cells of most rows hold text no longer than before."""
        if isinstance(value, str):
            is_simple = cell.is_literal and not self._glyphs.ascii_only
            return is_simple and len(value) <= seen and value.isascii()
        return value is None and seen >= len(self._glyphs.null)

    def window(self, left: int, width: int) -> Window:
        """The columns drawn in `width` cells when position `left` is the first that scrolls."""
        key = (left, width, self.version)
        if key != self._window_key:
            self._window_key, self._window = key, self._place(left, width)
        return self._window

    def left_to_show(self, position: int, left: int, width: int) -> int:
        """The nearest `left` that shows the column at `position` whole."""
        pinned = self._pinned_slots(width)
        left = max(left, len(pinned))
        if position < len(pinned) or not self._order:
            return left
        if position <= left:
            return position
        room = width - (pinned[-1].end + 1 if pinned else 0)
        room -= self.width(self._order[position], width) + CELL_PADDING
        first = position
        while first > left:
            room -= self.width(self._order[first - 1], width) + CELL_PADDING
            if room < 0:
                break
            first -= 1
        return first

    def _arrange(self) -> None:
        names = [column.name for column in self.columns]
        shown = [index for index in self._order if names[index] not in self._hidden]
        if not shown:
            self._hidden.clear()
            shown = self._order
        pinned = [index for index in shown if self.is_pinned(index)]
        if len(pinned) == len(shown):
            pinned = []
        self._order = pinned + [index for index in shown if index not in set(pinned)]
        self._pins = len(pinned)
        self.version += 1

    def is_pinned(self, index: int) -> bool:
        """Whether a column stays at the left."""
        column = self.columns[index]
        return self._pinned.get(column.name, column.is_key)

    def _heading(self, index: int) -> int:
        column = self.columns[index]
        name = cells_up_to(column.name, MOST_HEADING, self._glyphs)
        return name + len(column.signs(self._glyphs))

    def _seen_width(self, index: int) -> int:
        return self._seen.get(self.columns[index].name, 0)

    def _pinned_slots(self, width: int) -> tuple[ColumnSlot, ...]:
        """Those that stay: never so many that less than half is left for the others."""
        slots: list[ColumnSlot] = []
        x = 0
        for position in range(self._pins):
            index = self._order[position]
            slot = ColumnSlot(
                index, position, x, min(self.width(index, width), width // 2 - CELL_PADDING)
            )
            if slot.width < 1 or slot.end > width // 2:
                break
            slots.append(slot)
            x = slot.end
        return tuple(slots)

    def _place(self, left: int, width: int) -> Window:
        pinned = self._pinned_slots(width)
        x = pinned[-1].end + 1 if pinned else 0
        rule_x = x - 1 if pinned else -1
        scrolled: list[ColumnSlot] = []
        position = max(left, len(pinned))
        last_whole = len(pinned) - 1
        has_left = position > len(pinned)
        while position < len(self._order) and x < width:
            index = self._order[position]
            slot = ColumnSlot(index, position, x, self.width(index, width))
            if slot.end <= width:
                last_whole = position
            elif scrolled and width - x < _LEAST_PART + CELL_PADDING:
                break
            else:
                slot = replace(slot, width=max(0, width - x - CELL_PADDING))
            scrolled.append(slot)
            x = slot.end
            position += 1
        if last_whole == position - 1:
            pinned, scrolled, shift = self._spread(pinned, scrolled, width - x)
            rule_x += shift if pinned else 0
        has_right = last_whole < len(self._order) - 1
        return Window(pinned, tuple(scrolled), rule_x, has_left, has_right, last_whole)

    def _spread(
        self, pinned: tuple[ColumnSlot, ...], scrolled: list[ColumnSlot], spare: int
    ) -> tuple[tuple[ColumnSlot, ...], list[ColumnSlot], int]:
        """Give room nobody else needs to the columns whose values are cut, to texts before ids: the
        slots, and how far those that scroll went to the right.
        """
        slots = (*pinned, *scrolled)
        extra = dict.fromkeys((slot.position for slot in slots), 0)
        for slot in sorted(slots, key=lambda slot: self._formats[slot.index].is_opaque):
            wanted = max(0, self._seen_width(slot.index) - slot.width)
            is_whole_or_not = self._formats[slot.index].is_opaque
            if self.columns[slot.index].name in self._chosen or (
                is_whole_or_not and wanted > spare
            ):
                continue
            extra[slot.position] = given = min(wanted, spare)
            spare -= given
        shift = of_pinned = 0
        spread: list[ColumnSlot] = []
        for slot in slots:
            given = extra[slot.position]
            spread.append(replace(slot, x=slot.x + shift, width=slot.width + given))
            shift += given
            of_pinned = shift if len(spread) == len(pinned) else of_pinned
        return tuple(spread[: len(pinned)]), spread[len(pinned) :], of_pinned
