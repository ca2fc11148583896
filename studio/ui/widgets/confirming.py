"""A question whose answer changes something: it takes an answer only from who has seen it."""

from time import monotonic
from typing import ClassVar, TypeVar

from textual import events
from textual.actions import parse

from studio.ui.widgets.dialog import Dialog

T = TypeVar("T")

SEEN_S = 0.3
"""A person reads, decides and presses no faster after a question came to the screen."""
_ALWAYS = "escape"
"""Stepping back is always an answer."""


class Confirming(Dialog[T]):
    """What every question is made of that starts something. `KeyOrder` asks it about each key: one
    that confirms, and came before the question was seen or in a burst of text, is no answer.
    """

    CONFIRMS: ClassVar[frozenset[str]] = frozenset()
    """Names of the actions that are answers, its own or those of a field in it."""

    def __init__(self) -> None:
        super().__init__()
        self._painted_at: float | None = None

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Also when another question over this one went away."""
        del event
        self.ask_anew()

    def ask_anew(self) -> None:
        """Take no answer to what was not asked before now."""
        self._painted_at = None
        self.call_after_refresh(self._painted)

    def _painted(self) -> None:
        self._painted_at = monotonic()

    def was_seen(self, when: float) -> bool:
        """Whether this had been on the screen for a moment at `when`, in `monotonic` seconds."""
        return self._painted_at is not None and when - self._painted_at >= SEEN_S

    def confirms(self, key: str) -> bool:
        """Whether `key` is an answer here."""
        bound = self.active_bindings.get(key)
        return (
            key != _ALWAYS and bound is not None and parse(bound.binding.action)[1] in self.CONFIRMS
        )
