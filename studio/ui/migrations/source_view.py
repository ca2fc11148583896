"""Coloured text to read: SQL, programs, differences. Only the lines in sight are drawn."""

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from studio.ui.keys.commands import Command, bindings
from studio.ui.migrations.source_pages import TONES, SourcePage
from studio.ui.widgets.labels import plain
from studio.ui.widgets.theme_styles import themed_style

_MOST_CELLS = 4000
"""How far one can scroll to the right."""


class SourceView(ScrollView, can_focus=True):
    """A page, scrolled both ways."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("source.down", "Next line", "down,j", "by(1)"),
        Command("source.up", "Previous line", "up,k", "by(-1)"),
        Command("source.page-down", "Page down", "pagedown,ctrl+d,space", "page(1)"),
        Command("source.page-up", "Page up", "pageup,ctrl+u", "page(-1)"),
        Command("source.first", "First line", "home,ctrl+home,g g", "edge(0)"),
        Command("source.last", "Last line", "end,ctrl+end,G", "edge(1)"),
        Command("source.right", "To the right", "right,l", "aside(8)"),
        Command("source.left", "To the left", "left,h", "aside(-8)"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"source--{tone}" for tone in TONES}
    DEFAULT_CSS = """
    SourceView {
        background: $surface; color: $foreground; padding: 0 1;
        scrollbar-size-vertical: 1; scrollbar-size-horizontal: 0;
    }
    SourceView .source--dim { color: $dim; }
    SourceView .source--warning { color: $warning; }
    SourceView .source--title { color: $primary; text-style: bold; }
    SourceView .source--plus { color: $success; }
    SourceView .source--minus { color: $error; }
    SourceView .source--hunk { color: $link-colour; }
    SourceView .source--comment { color: $syntax-comment; }
    SourceView .source--keyword { color: $syntax-keyword; }
    SourceView .source--type { color: $syntax-type; }
    SourceView .source--string { color: $syntax-string; }
    SourceView .source--number { color: $syntax-number; }
    SourceView .source--operator { color: $syntax-operator; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 Textual's own name
        super().__init__(id=id)
        self.page = SourcePage("")

    def show(self, page: SourcePage) -> None:
        """Show another page, from its start."""
        self.page = page
        widest = max((sum(len(text) for text, _ in line) for line in page.lines), default=0)
        self.virtual_size = Size(min(widest, _MOST_CELLS), len(page.lines))
        self.scroll_to(0, 0, animate=False, immediate=True)
        self.refresh()

    def action_by(self, lines: int) -> None:
        """Scroll by lines."""
        self.scroll_relative(y=lines, animate=False)

    def action_page(self, pages: int) -> None:
        """Scroll by pages."""
        self.action_by(pages * max(1, self.size.height - 1))

    def action_edge(self, end: int) -> None:
        """To the first or the last line."""
        self.scroll_to(y=end * self.max_scroll_y, animate=False)

    def action_aside(self, cells: int) -> None:
        """Scroll sideways."""
        self.scroll_relative(x=cells, animate=False)

    def render_line(self, y: int) -> Strip:
        """One line of what is visible."""
        left, top = self.scroll_offset
        width = self.size.width
        place = y + top
        if place >= len(self.page.lines):
            return Strip.blank(width, self.rich_style)
        line = self.page.lines[place]
        segments = [
            Segment(plain(text[:_MOST_CELLS].expandtabs(4)), self._style(tone))
            for text, tone in line
        ]
        return Strip(segments).crop_extend(left, left + width, self.rich_style)

    def _style(self, tone: str) -> Style:
        return themed_style(self, f"source--{tone}") if tone else self.rich_style
