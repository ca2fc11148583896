"""The last line: where one is, what runs and for how long, and the keys that work here and now."""

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text
from textual import events
from textual.geometry import Region
from textual.reactive import reactive
from textual.widget import Widget

from studio.ui.labels import plain

if TYPE_CHECKING:
    from textual.timer import Timer

_QUIET_S = 0.15
"""Nothing spins for less than this."""
_ROOM_FOR_KEYS = 60
"""With less than this beside the place, keys may come and go as it changes."""


class StatusLine(Widget):
    """Left: the place, or what runs. Right: keys."""

    DEFAULT_CSS = """
    StatusLine { height: 1; background: $panel; color: $foreground; padding: 0 1; }
    """

    place: reactive[str] = reactive("", repaint=False)
    keys: reactive[tuple[tuple[str, str], ...]] = reactive(())

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 Textual's own name
        super().__init__(id=id)
        self._doing = ""
        self._since = 0.0
        self._tick: Timer | None = None
        self._question: Text | None = None
        self._answer: Callable[[str], None] | None = None

    def watch_place(self, old: str, new: str) -> None:
        """Repaint the cells that can differ: a cursor move travels over ssh in a few bytes."""
        changed = max(cell_len(plain(old)), cell_len(plain(new)))
        if changed + _ROOM_FOR_KEYS > self.size.width or self._doing:
            self.refresh()
        else:
            self.refresh(Region(1, 0, changed, 1))

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

    # -- one key -----------------------------------------------------------------------------------

    def ask_key(self, question: Text, answer: Callable[[str], None]) -> None:
        """Show `question` and hand the next key to `answer`: its character, or its name.

        Cheaper than a screen on top, which over ssh would repaint everything twice.
        """
        self._question = question
        self._answer = answer
        self.can_focus = True
        self.focus(scroll_visible=False)
        self.refresh()

    def on_key(self, event: events.Key) -> None:
        """The key that was asked for."""
        if (answer := self._answer) is None:
            return
        event.stop()
        event.prevent_default()
        self._forget_question()
        answer(event.character if event.is_printable and event.character else event.key)

    def on_blur(self) -> None:
        """The focus went elsewhere: nobody answers any more."""
        self._forget_question()

    def _forget_question(self) -> None:
        self._question = self._answer = None
        self.can_focus = False
        self.refresh()

    def render(self) -> Text:
        """Place on the left, as many keys as fit on the right; the first ones stay longest."""
        room = self.content_size.width
        if self._question is not None:
            return self._question
        elapsed = perf_counter() - self._since
        if self._doing and elapsed >= _QUIET_S:
            left = Text(f"{plain(self._doing)} {elapsed:.1f} s · esc stops it", style="bold")
        else:
            left = Text(plain(self.place))
        left.no_wrap = True
        left.truncate(room, overflow="ellipsis")
        right = Text(no_wrap=True)
        for key, word in self.keys:
            piece = Text.assemble((key, "bold"), f" {word}")
            gap = 2 if right.plain else 0
            if left.cell_len + 2 + right.cell_len + gap + piece.cell_len > room:
                break
            right.append(" " * gap)
            right.append_text(piece)
        left.append(" " * max(1, room - left.cell_len - right.cell_len))
        return left.append_text(right)
