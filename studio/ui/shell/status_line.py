"""The last line: where one is, what runs and for how long, and the keys that work here and now."""

from collections.abc import Sequence
from time import perf_counter
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text
from textual.geometry import Region
from textual.reactive import reactive
from textual.widget import Widget

from studio.ui.widgets.key_line import key_line
from studio.ui.widgets.labels import plain

if TYPE_CHECKING:
    from textual.timer import Timer

_QUIET_S = 0.15
"""Nothing spins for less than this."""
_GAP = 2
_HELP = frozenset({"?", "f1"})


class StatusLine(Widget):
    """Left: the place, or what runs. Right: keys. Under a dialog: its keys, and no place."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"status--key", "status--word"}
    DEFAULT_CSS = """
    StatusLine { height: 1; background: $panel; color: $foreground; padding: 0 1; }
    StatusLine .status--key { color: $primary; text-style: bold; }
    StatusLine .status--word { color: $dim; }
    """

    place: reactive[str] = reactive("", repaint=False)
    keys: reactive[tuple[tuple[str, str], ...]] = reactive(())
    is_covered: reactive[bool] = reactive(False)
    """Whether a dialog stands over what has the place."""
    question: reactive[Text | None] = reactive(None)
    """Shown instead of everything else: what the next key may be."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 Textual's own name
        super().__init__(id=id)
        self._doing = ""
        self._since = 0.0
        self._counted = 0
        """How wide the left end was when the seconds were painted last."""
        self._tick: Timer | None = None

    def watch_place(self, old: str, new: str) -> None:
        """Repaint the cells that can differ: a cursor move travels over ssh in a few bytes."""
        before, after = cell_len(plain(old)), cell_len(plain(new))
        if self.is_covered:
            return
        if self._doing or self._fitting(before) != self._fitting(after):
            self.refresh()
        else:
            self.refresh(Region(1, 0, max(before, after), 1))

    def working(self, task: str) -> None:
        """Say that `task` runs, once it has run for longer than people notice. Behind a colon it
        says how far it is: that is no other task.
        """
        if task.partition(":")[0] != self._doing.partition(":")[0]:
            self._since = perf_counter()
        self._doing = task
        self._counted = 0
        if self._tick is None:
            self._tick = self.set_interval(_QUIET_S, self._count)
        self._tick.resume()

    def _count(self) -> None:
        """Repaint the seconds alone: the keys beside them stay where they are."""
        left = self._left().cell_len
        if left != self._counted:
            self._counted = left
            self.refresh()
        else:
            self.refresh(Region(1, 0, left, 1))

    def done(self) -> None:
        """Nothing runs any more."""
        self._doing = ""
        if self._tick is not None:
            self._tick.pause()
        self.refresh()

    def show_keys(self, keys: Sequence[tuple[str, str]], *, is_covered: bool = False) -> None:
        """The keys that work now, most important first, as (key, word)."""
        self.keys = tuple(keys)
        self.is_covered = is_covered

    @property
    def key_styles(self) -> tuple[Style, Style]:
        """Those of keys and of their words."""
        return (
            self.get_component_rich_style("status--key", partial=True),
            self.get_component_rich_style("status--word", partial=True),
        )

    @property
    def shown(self) -> tuple[tuple[str, str], ...]:
        """The keys that there is room for."""
        return self._fitting(self._left().cell_len)

    def render(self) -> Text:
        """Place on the left, as many keys as fit on the right; the first ones stay longest."""
        if self.question is not None:
            return self.question
        room, left = self.content_size.width, self._left()
        right = Text(" " * _GAP, no_wrap=True).join(
            key_line((pair,), room, self.key_styles) for pair in self.shown
        )
        left.append(" " * max(1, room - left.cell_len - right.cell_len))
        return left.append_text(right)

    def _left(self) -> Text:
        elapsed = perf_counter() - self._since
        if self._doing and elapsed >= _QUIET_S:
            stops = "" if self.is_covered else " · esc stops it"
            left = Text(f"{plain(self._doing)} {elapsed:.1f} s{stops}", style="bold")
        else:
            left = Text("" if self.is_covered else plain(self.place))
        left.no_wrap = True
        left.truncate(self.content_size.width, overflow="ellipsis")
        return left

    def _fitting(self, used: int) -> tuple[tuple[str, str], ...]:
        """The keys that fit beside `used` cells; where all the others are told stays longest, and
        the way out of a dialog.
        """
        stay = _HELP | {"esc"} if self.is_covered else _HELP
        room = self.content_size.width - used
        room -= sum(_cells(pair) for pair in self.keys if pair[0] in stay)
        fitting, is_full = [], False
        for pair in self.keys:
            if pair[0] not in stay and not is_full:
                room -= _cells(pair)
                is_full = room < 0
            if pair[0] in stay or not is_full:
                fitting.append(pair)
        return tuple(sorted(fitting, key=lambda pair: pair[0] in _HELP))


def _cells(pair: tuple[str, str]) -> int:
    return _GAP + cell_len(f"{pair[0]} {pair[1]}")
