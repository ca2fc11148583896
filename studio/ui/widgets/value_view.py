"""One whole value, scrolled line by line however large it is."""

import os
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from studio.model.catalog import Column, ColumnKind
from studio.model.page import Shortened, Value
from studio.ui.commands import Command, bindings
from studio.ui.widgets.cells import bytes_size
from studio.ui.widgets.component_styles import themed_style
from studio.ui.widgets.documents import (
    Document,
    Layout,
    TextDocument,
    document_of,
    layout_of,
    stored_bytes,
)
from studio.ui.widgets.glyphs import Glyphs, glyphs_for
from studio.ui.widgets.safe_text import Piece, fit

HEADING_LINES = 2
WHEEL_LINES = 3
_MOST_COUNTED = 1 << 20
"""Characters whose bytes are counted for the heading."""


class ValueView(Widget, can_focus=True):
    """Text wrapped, JSON laid out, bytes as hex; only the lines on the screen are ever made."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"value--text", "value--dim", "value--name"}
    DEFAULT_CSS = """
    ValueView {
        width: 1fr;
        height: 1fr;
        padding: 0 1;
        & > .value--dim { color: $text-muted; }
        & > .value--name { text-style: bold; }
    }
    """
    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("value.down", "Next line", "down,j", "scroll_lines(1)"),
        Command("value.up", "Previous line", "up,k", "scroll_lines(-1)"),
        Command("value.page-down", "Page down", "pagedown,ctrl+d,space", "scroll_pages(1)"),
        Command("value.page-up", "Page up", "pageup,ctrl+u", "scroll_pages(-1)"),
        Command("value.first", "Start", "home,ctrl+home,g g", "first_line"),
        Command("value.last", "End", "end,ctrl+end,G", "last_line"),
        Command("value.layout", "As text, JSON, or bytes", "v", "next_layout", "layout"),
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
        self._column = Column("", "", ColumnKind.OTHER)
        self._value: str | bytes = ""
        self._is_head = False
        self._is_absent = True
        self._layout_kind = Layout.TEXT
        self._document: Document = TextDocument("", self._glyphs)
        self._top = 0
        self._shown_lines: list[tuple[list[Piece], int]] = []
        self._lines_key: tuple[int, int, int] | None = None

    def show(self, column: Column, value: Value) -> None:
        """Show a value of a column, in the layout that suits it."""
        self._column = column
        self._is_head = isinstance(value, Shortened)
        whole = value.head if isinstance(value, Shortened) else value
        self._is_absent = whole is None
        self._value = whole if isinstance(whole, str | bytes) else _written(whole)
        self._lay_out(layout_of(self._value, column.kind))

    @property
    def layout_kind(self) -> Layout:
        """How the value is laid out."""
        return self._layout_kind

    def action_next_layout(self) -> None:
        """Lay the value out in the next way."""
        ways = list(Layout)
        self._lay_out(ways[(ways.index(self._layout_kind) + 1) % len(ways)])

    def action_scroll_lines(self, lines: int) -> None:
        """Go on, or back, by lines; not beyond the last page."""
        for _ in range(abs(lines)):
            if lines < 0:
                self._top = self._document.before(self._top, self._width) if self._top else 0
            elif (shown := self._lines()) and shown[-1][1] < self._document.size:
                self._top = shown[0][1]
        self.refresh()

    def action_scroll_pages(self, pages: int) -> None:
        """Go on, or back, by pages."""
        self.action_scroll_lines(pages * max(1, self._page - 1))

    def action_first_line(self) -> None:
        """Go to the start."""
        self._top = 0
        self.refresh()

    def action_last_line(self) -> None:
        """Go to the end, without reading what is before it."""
        self._top = self._document.size
        for _ in range(self._page):
            self._top = self._document.before(self._top, self._width) if self._top else 0
        self.refresh()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll on."""
        event.stop()
        self.action_scroll_lines(WHEEL_LINES)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll back."""
        event.stop()
        self.action_scroll_lines(-WHEEL_LINES)

    def on_resize(self) -> None:
        """Lines begin elsewhere in another width."""
        self._top = min(self._top, self._document.size)
        self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As high as there is room."""
        del viewport, width
        return container.height

    def render_line(self, y: int) -> Strip:
        """The heading, a blank, then the value's lines."""
        if y == 0:
            return self._heading()
        row = y - HEADING_LINES
        if row < 0:
            return Strip.blank(self.size.width, self._style("text"))
        if self._is_absent and row == 0:
            return self._strip([Piece(f"{self._glyphs.null} NULL", is_symbol=True)])
        lines = self._lines()
        return self._strip(lines[row][0] if row < len(lines) else [])

    def notify_style_update(self) -> None:
        """A theme changed: so do colours."""
        super().notify_style_update()
        self.refresh()

    @property
    def _page(self) -> int:
        return max(1, self.size.height - HEADING_LINES)

    @property
    def _width(self) -> int:
        return max(1, self.size.width)

    def _lines(self) -> list[tuple[list[Piece], int]]:
        """The lines on the screen, each with the place of the next."""
        key = (self._top, self._width, self._page)
        if key != self._lines_key:
            lines: list[tuple[list[Piece], int]] = []
            place = self._top
            while len(lines) < self._page and place < self._document.size:
                lines.append(self._document.line(place, self._width))
                place = lines[-1][1]
            self._lines_key, self._shown_lines = key, lines
        return self._shown_lines

    def _lay_out(self, layout: Layout) -> None:
        self._layout_kind = layout
        self._document = document_of(self._value, layout, self._glyphs)
        self._top = 0
        self._lines_key = None
        self.refresh()

    def _heading(self) -> Strip:
        facts = [self._column.type_name, self._size_words()]
        if not self._is_absent:
            facts.append(f"as {self._layout_kind}")
        separator = " - " if self._glyphs.ascii_only else " · "
        words = separator.join(fact for fact in facts if fact)
        name = fit(self._column.name, self._width // 2, self._glyphs)
        segments = [Segment(piece.text, self._style("name")) for piece in name]
        room = self._width - sum(segment.cell_length for segment in segments) - 2
        segments.append(Segment("  ", self._style("text")))
        segments += [
            Segment(piece.text, self._style("dim")) for piece in fit(words, room, self._glyphs)
        ]
        return Strip(segments).adjust_cell_length(self._width, self._style("text"))

    def _size_words(self) -> str:
        if self._is_absent:
            return ""
        if self._is_head:
            return f"the first {bytes_size(len(self._value))} of a longer value"
        if isinstance(self._value, bytes):
            return bytes_size(len(self._value))
        characters = f"{len(self._value):,} character{'' if len(self._value) == 1 else 's'}"
        if len(self._value) > _MOST_COUNTED or self._value.isascii():
            return characters
        return f"{characters} · {bytes_size(len(stored_bytes(self._value)))}"

    def _strip(self, pieces: list[Piece]) -> Strip:
        segments = [
            Segment(piece.text, self._style("dim" if piece.is_symbol else "text"))
            for piece in pieces
        ]
        return Strip(segments).adjust_cell_length(self._width, self._style("text"))

    def _style(self, part: str) -> Style:
        variable = {"dim": "dim"}.get(part, "")
        return themed_style(self, f"value--{part}", text=variable)


def _written(value: Value) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
