"""Which keys came together: text that a terminal sent unasked, and not a person's fingers."""

from collections import deque

from textual.events import Event, Key, Paste

BURST_S = 0.03
"""Fingers are slower. What comes in one read has one time."""
REPEAT_S = 0.12
"""A key that is held comes again faster than this; nobody presses it so fast twice."""
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
        return not self._came or now - self._came[-1].time > REPEAT_S

    def is_alone(self, key: Key) -> bool:
        """Whether no text came with `key`; known for certain `BURST_S` after it."""
        others = [event for event in self._came if event is not key]
        # One that is no longer remembered had many behind it.
        return len(others) < len(self._came) and not any(_goes_with(key, one) for one in others)


def _goes_with(key: Key, other: Event) -> bool:
    if abs(key.time - other.time) <= BURST_S and _is_text(other):
        return True
    is_same = isinstance(other, Key) and other.key == key.key
    return is_same and 0 <= key.time - other.time <= REPEAT_S


def _is_text(event: Event) -> bool:
    if isinstance(event, Key):
        return event.is_printable or event.key in _OF_TEXT
    return isinstance(event, Paste)
