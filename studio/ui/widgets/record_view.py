"""One record: every column with its type and value, one a line."""

import os
from collections.abc import Sequence
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
from studio.ui.commands import Command, bindings
from studio.ui.widgets.cells import CellFormat, Role, draw, natural_width
from studio.ui.widgets.component_styles import themed_style
from studio.ui.widgets.glyphs import Glyphs, glyphs_for
from studio.ui.widgets.safe_text import cells_up_to, fit
from studio.ui.widgets.viewport import Viewport

MOST_NAME, MOST_TYPE = 24, 16
WHEEL_LINES = 3
_LEAST_WITH_TYPE = 56
"""Cells below which types make way for values."""
_DIM_ROLES = {Role.NULL, Role.DIM, Role.CONTROL}


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
        self._view = Viewport()

    def show(self, columns: Sequence[Column], values: Sequence[Value]) -> None:
        """Show a record; the same columns as before stay where they were scrolled to."""
        if tuple(columns) != self._columns:
            self._columns = tuple(columns)
            self._view = Viewport(height=len(columns), page=max(1, self.size.height))
        self._values = tuple(values)
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
        """One column's line."""
        index = self._view.top + y
        width = self.size.width
        text = self._style("text")
        if index >= min(len(self._columns), len(self._values)):
            return Strip.blank(width, text)
        column = self._columns[index]
        name_style = self._style("cursor" if index == self._view.row else "name")
        names = self._name_width()
        types = MOST_TYPE if width >= _LEAST_WITH_TYPE else 0
        segments = [Segment(f" {self._padded(column.name, names)} ", name_style)]
        if types:
            segments.append(
                Segment(f"{self._padded(column.type_name, types)} ", self._style("dim"))
            )
        room = max(1, width - sum(segment.cell_length for segment in segments) - 2)
        value, cell = self._values[index], CellFormat(column.kind)
        # No wider than the value, so that numbers begin where everything else does.
        room = natural_width(value, cell, room, self._glyphs)
        for span in draw(value, cell, room, self._glyphs):
            style = self._style("dim") if span.role in _DIM_ROLES else text
            segments.append(Segment(span.text, style))
        return Strip(segments).adjust_cell_length(width, text)

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
