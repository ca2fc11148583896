"""One line of open tabs, numbered by the key that goes there."""

from collections.abc import Sequence

from rich.cells import cell_len
from rich.text import Text
from textual import events
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from studio.ui.widgets.labels import plain

_GAP = "   "
_SIGNS = frozenset("●○⚠✎")
"""Of our own, behind a title: on a terminal without them each is drawn as another sign."""
_MARK = 12
"""Cells for how many are not drawn on one side."""


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
        return [f"{number} {_shown(title)}" for number, title in enumerate(self.titles, start=1)]

    def render(self) -> Text:
        """The titles that fit whole, the current one among them, and how many do not on either
        side.
        """
        current = self.get_component_rich_style("tabs--current")
        other = self.get_component_rich_style("tabs--other")
        pieces = self._pieces()
        seen = self._seen(pieces)
        line = Text(_before(seen), style=other, no_wrap=True, overflow="ellipsis")
        for index in seen:
            line.append(pieces[index], style=current if index == self.current else other)
            line.append(_GAP)
        if after := len(pieces) - seen.stop:
            line.append(f"{after} more ›", style=other)
        return line

    def _seen(self, pieces: Sequence[str]) -> range:
        """The tabs that are drawn."""
        if not pieces:
            return range(0)
        first = last = min(self.current, len(pieces) - 1)

        def fits(first: int, last: int) -> bool:
            used = sum(cell_len(piece + _GAP) for piece in pieces[first : last + 1])
            hidden = (first > 0) + (last < len(pieces) - 1)
            return used + hidden * _MARK <= self.content_size.width + len(_GAP)

        while first > 0 and fits(first - 1, last):
            first -= 1
        while last < len(pieces) - 1 and fits(first, last + 1):
            last += 1
        return range(first, last + 1)

    def on_click(self, event: events.Click) -> None:
        """Go to the tab under the mouse; beside them, to the next one that is not drawn."""
        pieces = self._pieces()
        seen = self._seen(pieces)
        place = event.x - 1 - cell_len(_before(seen))
        if place < 0 < seen.start:
            self.post_message(self.Picked(seen.start - 1))
            return
        for index in seen:
            place -= cell_len(pieces[index] + _GAP)
            if place < 0:
                self.post_message(self.Picked(index))
                return
        if seen.stop < len(pieces):
            self.post_message(self.Picked(seen.stop))


def _before(seen: range) -> str:
    return f"‹ {seen.start} more{_GAP}" if seen.start else ""


def _shown(title: str) -> str:
    """A title may be a name of the database."""
    name, blank, sign = title.rpartition(" ")
    return f"{plain(name)}{blank}{sign}" if sign in _SIGNS else plain(title)
