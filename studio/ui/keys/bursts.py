"""Which keys came together: text that a terminal sent unasked, and not a person's fingers."""

from collections import deque
from collections.abc import Sequence

from textual.events import Event, Key, Paste

BURST_S = 0.03
"""Fingers are slower. What comes in one read has one time."""
REPEAT_S = 0.12
"""A key that is held comes again faster than this; nobody presses it so fast twice."""
HELD_S = 0.6
"""A key known to be held may come late once: a line stalls, a machine is busy."""
_REMEMBERED = 64
_OF_TEXT = frozenset({"enter", "tab", "ctrl+j"})


class Bursts:
    """Remembers when the last keys came. Times are those of the events: when they were read."""

    def __init__(self) -> None:
        self._came: deque[Event] = deque(maxlen=_REMEMBERED)

    def note(self, event: Event) -> None:
        """Remember a key or a paste."""
        if not any(one is event for one in self._came):
            self._came.append(event)

    def are_over(self, now: float) -> bool:
        """Whether a key that came at `now`, in `monotonic` seconds, would be alone."""
        return not self._came or now - self._came[-1].time > self._pace_s(list(self._came))

    def is_alone(self, key: Key) -> bool:
        """Whether no text came with `key`; known for certain `BURST_S` after it."""
        others = [event for event in self._came if event is not key]
        if len(others) == len(self._came):
            # One that is no longer remembered had many behind it.
            return False
        pace_s = self._pace_s([one for one in others if one.time <= key.time])
        return not any(_goes_with(key, one, pace_s) for one in others)

    def _pace_s(self, before: Sequence[Event]) -> float:
        """How late the last of `before` may come again, so that it still counts as held."""
        if len(before) < 2:  # noqa: PLR2004 a pair
            return REPEAT_S
        first, last = before[-2:]
        is_held = _is_same(first, last) and last.time - first.time <= REPEAT_S
        return HELD_S if is_held else REPEAT_S


def _goes_with(key: Key, other: Event, pace_s: float) -> bool:
    if abs(key.time - other.time) <= BURST_S and _is_text(other):
        return True
    return _is_same(other, key) and 0 <= key.time - other.time <= pace_s


def _is_same(one: Event, other: Event) -> bool:
    return isinstance(one, Key) and isinstance(other, Key) and one.key == other.key


def _is_text(event: Event) -> bool:
    if isinstance(event, Key):
        return event.is_printable or event.key in _OF_TEXT
    return isinstance(event, Paste)
