"""Any number of lines with a cursor, of which only the visible ones are ever made."""

from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from studio.ui.keys.commands import Command, Moving, bindings
from studio.ui.widgets.theme_styles import themed_style
from studio.ui.widgets.viewport import Viewport

_WHEEL_LINES = 3


class LineList(Moving, Widget, can_focus=True):
    """Shows what a function makes of each line's number."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"lines--cursor"}
    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("lines.down", "Next line", "down,j", "move(1)"),
        Command("lines.up", "Previous line", "up,k", "move(-1)"),
        Command("lines.page-down", "Page down", "pagedown,ctrl+d", "page(1)"),
        Command("lines.page-up", "Page up", "pageup,ctrl+u", "page(-1)"),
        Command("lines.first", "First line", "home,ctrl+home", "move(-1000000000)"),
        Command("lines.last", "Last line", "end,ctrl+end,G", "move(1000000000)"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)
    STEPS: ClassVar[frozenset[str]] = frozenset({"move"})
    DEFAULT_CSS = """
    LineList {
        width: 1fr; height: 1fr;
        & > .lines--cursor { background: $panel; text-style: bold; }
    }
    """

    class Moved(Message):
        """The cursor is on another line."""

        def __init__(self, lines: "LineList", line: int) -> None:
            super().__init__()
            self.lines = lines
            self.line = line

        @property
        def control(self) -> "LineList":
            """The list, for selectors in `@on`."""
            return self.lines

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 Textual's own name
        super().__init__(id=id)
        self._make: Callable[[int], Text] = lambda _line: Text()
        self._view = Viewport()

    def show(self, count: int, make: Callable[[int], Text]) -> None:
        """Show `count` lines; the cursor stays where it was, if there is such a line."""
        row = self._view.row
        self._make = make
        self._view = Viewport(height=count, page=max(1, self.size.height)).moved_to(row)
        self.refresh()

    @property
    def line(self) -> int:
        """The cursor's line."""
        return self._view.row

    @property
    def count(self) -> int:
        """How many lines there are."""
        return self._view.height

    def text_of(self, line: int) -> Text:
        """What a line says."""
        return self._make(line)

    def go_to(self, line: int) -> None:
        """Put the cursor on a line and show it."""
        self._go(self._view.moved_to(line))

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        self._go(self._view.moved_to(self._view.row + by))

    def action_page(self, pages: int) -> None:
        """Move by pages."""
        self._go(self._view.paged(pages * self._view.page))

    def _go(self, view: Viewport) -> None:
        old, self._view = self._view, view
        if view.top != old.top:
            self.refresh()
        elif view.row != old.row:
            self.refresh(self._region(old.row), self._region(view.row))
        if view.row != old.row:
            self.post_message(self.Moved(self, view.row))

    def _region(self, row: int) -> Region:
        return Region(0, row - self._view.top, self.size.width, 1)

    def on_resize(self) -> None:
        """Show more or fewer."""
        self._view = self._view.resized(max(1, self.size.height))
        self.refresh()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll on."""
        event.stop()
        self._go(self._view.scrolled_to(self._view.top + _WHEEL_LINES))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll back."""
        event.stop()
        self._go(self._view.scrolled_to(self._view.top - _WHEEL_LINES))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor there."""
        row = self._view.top + event.y
        if row < self._view.height:
            self.go_to(row)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As high as its lines, when the height is left to it."""
        del viewport, width
        return max(1, min(container.height, self._view.height))

    def render_line(self, y: int) -> Strip:
        """One line, cut at the edge."""
        width, row = self.size.width, self._view.top + y
        base = self.rich_style
        if row >= self._view.height:
            return Strip.blank(width, base)
        text = self._make(row)
        style = base
        if row == self._view.row and self.has_focus:
            style = themed_style(self, "lines--cursor")
        text = text.copy()
        text.no_wrap = True
        text.truncate(width, overflow="ellipsis", pad=True)
        strip = Strip(text.render(self.app.console, end=""), width)
        return strip.apply_style(style)
