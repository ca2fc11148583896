"""The last line: where one is, what runs and for how long, and the keys that work here and now."""

from collections.abc import Sequence
from time import perf_counter
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text
from textual.geometry import Region
from textual.reactive import reactive
from textual.widget import Widget

from studio.ui.labels import plain

if TYPE_CHECKING:
    from textual.timer import Timer

_QUIET_S = 0.15
"""Nothing spins for less than this."""
_GAP = 2
_HELP = "?"


class StatusLine(Widget):
    """Left: the place, or what runs. Right: keys."""

    DEFAULT_CSS = """
    StatusLine { height: 1; background: $panel; color: $foreground; padding: 0 1; }
    """

    place: reactive[str] = reactive("", repaint=False)
    keys: reactive[tuple[tuple[str, str], ...]] = reactive(())
    question: reactive[Text | None] = reactive(None)
    """Shown instead of everything else: what the next key may be."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 Textual's own name
        super().__init__(id=id)
        self._doing = ""
        self._since = 0.0
        self._tick: Timer | None = None

    def watch_place(self, old: str, new: str) -> None:
        """Repaint the cells that can differ: a cursor move travels over ssh in a few bytes."""
        before, after = cell_len(plain(old)), cell_len(plain(new))
        if self._doing or self._fitting(before) != self._fitting(after):
            self.refresh()
        else:
            self.refresh(Region(1, 0, max(before, after), 1))

    def working(self, task: str) -> None:
        """Say that `task` runs, once it has run for longer than people notice."""
        self._doing = task
        self._since = perf_counter()
        if self._tick is None:
            self._tick = self.set_interval(_QUIET_S, self.refresh)
        self._tick.resume()

    def done(self) -> None:
        """Nothing runs any more."""
        self._doing = ""
        if self._tick is not None:
            self._tick.pause()
        self.refresh()

    def show_keys(self, keys: Sequence[tuple[str, str]]) -> None:
        """The keys of this place, most important first, as (key, word)."""
        self.keys = tuple(keys)

    def render(self) -> Text:
        """Place on the left, as many keys as fit on the right; the first ones stay longest."""
        room = self.content_size.width
        if self.question is not None:
            return self.question
        elapsed = perf_counter() - self._since
        if self._doing and elapsed >= _QUIET_S:
            left = Text(f"{plain(self._doing)} {elapsed:.1f} s · esc stops it", style="bold")
        else:
            left = Text(plain(self.place))
        left.no_wrap = True
        left.truncate(room, overflow="ellipsis")
        right = Text("  ", no_wrap=True).join(map(_piece, self._fitting(left.cell_len)))
        left.append(" " * max(1, room - left.cell_len - right.cell_len))
        return left.append_text(right)

    def _fitting(self, used: int) -> tuple[tuple[str, str], ...]:
        """The keys that fit beside `used` cells; where all the others are told stays longest."""
        room = self.content_size.width - used
        fitting = [pair for pair in self.keys if pair[0] == _HELP]
        room -= sum(map(_cells, fitting))
        for place, pair in enumerate(pair for pair in self.keys if pair[0] != _HELP):
            room -= _cells(pair)
            if room < 0:
                break
            fitting.insert(place, pair)
        return tuple(fitting)


def _piece(pair: tuple[str, str]) -> Text:
    key, word = pair
    return Text.assemble((key, "bold"), f" {word}")


def _cells(pair: tuple[str, str]) -> int:
    return _GAP + _piece(pair).cell_len
