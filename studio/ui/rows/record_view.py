"""One record: every column with its type and value; wrapped while there is room below."""

import os
from collections.abc import Mapping, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from studio.model.catalog import Column
from studio.model.page import Value
from studio.model.times import TimesIn
from studio.ui.keys.commands import Command, bindings
from studio.ui.rows.record_lines import RecordBesides, record_lines
from studio.ui.widgets.glyphs import Glyphs, glyphs_for
from studio.ui.widgets.safe_text import TextPiece, cells_up_to, fit
from studio.ui.widgets.theme_styles import themed_style
from studio.ui.widgets.viewport import Viewport

MOST_NAME, MOST_TYPE = 24, 16
WHEEL_LINES = 3
_LEAST_WITH_TYPE = 56
"""Cells below which types make way for values."""
_AROUND_VALUE = 5
"""A blank before the name, after it, after the type, and two after the value."""


class RecordView(Widget, can_focus=True):
    """The columns of one row, from top to bottom."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "record--text",
        "record--dim",
        "record--name",
        "record--cursor",
    }
    DEFAULT_CSS = """
    RecordView {
        width: 1fr;
        height: 1fr;
        & > .record--dim { color: $text-muted; }
        & > .record--name { color: $text-muted; }
        & > .record--cursor { color: $foreground; text-style: bold; }
    }
    """
    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("record.down", "Next column", "down,j", "move(1)"),
        Command("record.up", "Previous column", "up,k", "move(-1)"),
        Command("record.page-down", "Page down", "pagedown,ctrl+d", "page(1)"),
        Command("record.page-up", "Page up", "pageup,ctrl+u", "page(-1)"),
        Command("record.first", "First column", "home,ctrl+home,g g", "page(-1000000)"),
        Command("record.last", "Last column", "end,ctrl+end,G", "page(1000000)"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)

    def __init__(
        self,
        *,
        glyphs: Glyphs | None = None,
        id: str | None = None,  # noqa: A002 - Textual's own name for it
    ) -> None:
        super().__init__(id=id)
        self._glyphs = glyphs or glyphs_for(os.environ)
        self._columns: tuple[Column, ...] = ()
        self._values: tuple[Value, ...] = ()
        self._labels: Mapping[str, str] = {}
        """By column: what its foreign key leads to."""
        self._notes: Mapping[str, str] = {}
        self._times = TimesIn.STORED
        self._view = Viewport()
        self._drawn: Sequence[list[list[TextPiece]]] = ()
        self._lines_key = (0, 0)

    def show(
        self,
        columns: Sequence[Column],
        values: Sequence[Value],
        notes: Mapping[str, str] | None = None,
    ) -> None:
        """Show a record; the same columns as before stay where they were scrolled to. `notes`: by
        column, what is odd about its value.
        """
        self._notes = notes or {}
        if tuple(columns) != self._columns:
            self._columns = tuple(columns)
            self._view = Viewport(height=len(columns), page=max(1, self.size.height))
        self._values = tuple(values)
        self._lines_key = (0, 0)
        self.refresh()

    def show_times(self, times: TimesIn) -> None:
        """Show times beside values in this zone."""
        self._times = times
        self._lines_key = (0, 0)
        self.refresh()

    def label(self, labels: Mapping[str, str]) -> None:
        """Say what foreign keys of this record lead to."""
        if labels != self._labels:
            self._labels = dict(labels)
            self._lines_key = (0, 0)
            self.refresh()

    def select(self, index: int) -> None:
        """Bring a column into sight and set it off from the others."""
        self._view = self._view.moved_to(index)
        self.refresh()

    @property
    def selected(self) -> int:
        """The column that is set off."""
        return self._view.row

    def action_move(self, by: int) -> None:
        """Go to another column."""
        self.select(self._view.row + by)

    def action_page(self, pages: int) -> None:
        """Go on, or back, by pages."""
        self._view = self._view.paged(pages * self._view.page)
        self.refresh()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll on."""
        event.stop()
        self._view = self._view.scrolled_to(self._view.top + WHEEL_LINES)
        self.refresh()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll back."""
        event.stop()
        self._view = self._view.scrolled_to(self._view.top - WHEEL_LINES)
        self.refresh()

    def on_resize(self) -> None:
        """Show more or fewer columns."""
        self._view = self._view.resized(self.size.height)
        self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """A line for each column, when the height is left to the view."""
        del viewport, width
        return min(container.height, max(1, len(self._columns)))

    def notify_style_update(self) -> None:
        """A theme changed: so do colours."""
        super().notify_style_update()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line of a column's value, the first with its name and type."""
        width = self.size.width
        text = self._style("text")
        index, place = self._place_of(y)
        if index >= min(len(self._columns), len(self._values)):
            return Strip.blank(width, text)
        column = self._columns[index]
        name_style = self._style("cursor" if index == self._view.row else "name")
        names = self._name_width()
        types = self._type_width()
        name, kind = (column.name, column.type_name) if place == 0 else ("", "")
        segments = [Segment(f" {self._padded(name, names)} ", name_style)]
        if types:
            segments.append(Segment(f"{self._padded(kind, types)} ", self._style("dim")))
        pieces = self._lines()[index]
        segments += [
            Segment(piece.text, self._style("dim") if piece.is_symbol else text)
            for piece in (pieces[place] if place < len(pieces) else ())
        ]
        return Strip(segments).adjust_cell_length(width, text)

    def _place_of(self, y: int) -> tuple[int, int]:
        """The column shown on a line of the screen, and which line of its value."""
        index, lines = self._view.top, self._lines()
        if len(self._columns) > self._view.page:
            return index + y, 0
        while index < len(lines) and y >= len(lines[index]):
            y -= len(lines[index])
            index += 1
        return index, y

    def _lines(self) -> Sequence[list[list[TextPiece]]]:
        """Each value's lines: as many as there is room for, and one where there is none."""
        key = (self.size.width, self._view.page)
        if key != self._lines_key:
            self._lines_key = key
            room = max(1, self.size.width - self._name_width() - self._type_width() - _AROUND_VALUE)
            shown = list(zip(self._columns, self._values, strict=False))
            beside = RecordBesides(self._labels, self._notes, self._times)
            self._drawn = record_lines(shown, room, self._view.page, self._glyphs, beside)
        return self._drawn

    def _type_width(self) -> int:
        return MOST_TYPE if self.size.width >= _LEAST_WITH_TYPE else 0

    def _name_width(self) -> int:
        longest = max(
            (cells_up_to(column.name, MOST_NAME, self._glyphs) for column in self._columns),
            default=1,
        )
        return max(1, min(longest, self.size.width // 2))

    def _padded(self, text: str, width: int) -> str:
        shown = "".join(piece.text for piece in fit(text, width, self._glyphs))
        return shown + " " * (width - cells_up_to(shown, width, self._glyphs))

    def _style(self, part: str) -> Style:
        variable = {"dim": "dim", "name": "dim"}.get(part, "")
        return themed_style(self, f"record--{part}", text=variable)
