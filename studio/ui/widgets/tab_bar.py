"""One line of open tabs, numbered by the key that goes there."""

from collections.abc import Sequence

from rich.text import Text
from textual import events
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from studio.ui.labels import plain


class TabBar(Widget):
    """`1 users   2 events ●   3 query ✎`."""

    COMPONENT_CLASSES = {"tabs--current", "tabs--other"}  # noqa: RUF012 Textual's own idiom
    DEFAULT_CSS = """
    TabBar { height: 1; background: $background; padding: 0 1; }
    TabBar .tabs--current { color: $primary; text-style: bold underline; }
    TabBar .tabs--other { color: $dim; }
    """

    class Picked(Message):
        """A tab was clicked."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    titles: reactive[tuple[str, ...]] = reactive(())
    current: reactive[int] = reactive(0)

    def show(self, titles: Sequence[str], current: int) -> None:
        """The tabs' titles in order, and which one is on the screen."""
        self.titles = tuple(titles)
        self.current = current

    def _pieces(self) -> list[str]:
        return [f"{number} {plain(title)}" for number, title in enumerate(self.titles, start=1)]

    def render(self) -> Text:
        """All titles on one line; the current one is kept in sight."""
        current = self.get_component_rich_style("tabs--current")
        other = self.get_component_rich_style("tabs--other")
        pieces = self._pieces()
        line = Text(no_wrap=True, overflow="ellipsis")
        for index, piece in enumerate(pieces[self._first(pieces) :], start=self._first(pieces)):
            style = current if index == self.current else other
            line.append(piece, style=style)
            line.append("   ")
        return line

    def _first(self, pieces: Sequence[str]) -> int:
        """The leftmost tab drawn, so that the current one is visible."""
        room = self.content_size.width
        first = 0
        while (
            first < self.current
            and sum(len(p) + 3 for p in pieces[first : self.current + 1]) > room
        ):
            first += 1
        return first

    def on_click(self, event: events.Click) -> None:
        """Go to the tab under the mouse."""
        pieces = self._pieces()
        place = event.x - 1
        for index in range(self._first(pieces), len(pieces)):
            if place < len(pieces[index]) + 3:
                self.post_message(self.Picked(index))
                return
            place -= len(pieces[index]) + 3
