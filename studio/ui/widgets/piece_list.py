"""A pane of lines made of texts, each in a tone of its own."""

from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from studio.ui.widgets.line_pane import LinePane
from studio.ui.widgets.theme_styles import themed_style

Line = TypeVar("Line")


class PieceList(LinePane, Generic[Line]):
    """Draws the lines in sight and says where the cursor went; a second click on a line opens it.

    Heirs give a line's pieces and say which lines the cursor passes over.
    """

    TONES: ClassVar[str]
    """What the component classes begin with; `cursor` and `cursor-blurred` are two of the tones."""
    DEFAULT_CSS = """
    PieceList {
        background: $background; color: $foreground; height: 1fr;
        scrollbar-size-vertical: 1; scrollbar-size-horizontal: 0; overflow-x: hidden;
    }
    """

    class Moved(Message):
        """The cursor is on another line."""

        def can_replace(self, message: Message) -> bool:
            """Only the newest place counts."""
            return isinstance(message, type(self))

    class Opened(Message):
        """More of the line under the cursor is wanted."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 Textual's own name
        super().__init__(id=id)
        self._lines: tuple[Line, ...] = ()

    @property
    def lines(self) -> tuple[Line, ...]:
        """Every line listed."""
        return self._lines

    @property
    def line_count(self) -> int:
        """How many lines there are."""
        return len(self._lines)

    @property
    def current(self) -> Line | None:
        """The line under the cursor."""
        return self._lines[self.cursor] if self.cursor < len(self._lines) else None

    def pieces(self, line: Line, width: int) -> Sequence[tuple[str, str]]:
        """A line as texts with their tones; an empty tone is the pane's own."""
        raise NotImplementedError

    def is_passed_over(self, line: Line) -> bool:
        """Whether the cursor never stays there."""
        raise NotImplementedError

    def watch_cursor(self, old: int, new: int) -> None:
        """Say so, too."""
        super().watch_cursor(old, new)
        self.post_message(self.Moved())

    def action_open(self) -> None:
        """Show more of this line."""
        self.post_message(self.Opened())

    def on_click(self, event: events.Click) -> None:
        """Go there; a second time, open it."""
        place = event.y + self.scroll_offset.y
        if place >= len(self._lines) or self.is_passed_over(self._lines[place]):
            return
        if place == self.cursor:
            self.action_open()
        self.cursor = place

    def measure(self) -> None:
        """Scroll over as many lines as there are."""
        self.virtual_size = Size(self.size.width, len(self._lines))

    def on_resize(self) -> None:
        """The cursor stays in sight, also when a pane beside it takes a part of the height."""
        self.measure()
        self.keep_in_sight()

    def render_line(self, y: int) -> Strip:
        """One line, `y` from the top of what is visible."""
        width = self.size.width
        place = y + self.scroll_offset.y
        if place >= len(self._lines):
            return Strip.blank(width, self.rich_style)
        pieces = self.pieces(self._lines[place], width)
        if place == self.cursor:
            style = self._style("cursor" if self.has_focus else "cursor-blurred")
            drawn = Strip([Segment(text, style) for text, _ in pieces])
            return drawn.adjust_cell_length(width, style)
        segments = [Segment(text, self._style(tone)) for text, tone in pieces]
        return Strip(segments).adjust_cell_length(width, self.rich_style)

    def _style(self, tone: str) -> Style:
        return themed_style(self, f"{self.TONES}--{tone}") if tone else self.rich_style
