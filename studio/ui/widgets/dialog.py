"""What stands over the main screen until it is answered."""

from collections.abc import Mapping
from time import monotonic
from typing import ClassVar, Protocol, TypeVar, runtime_checkable

from textual import events
from textual.actions import parse
from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen

from studio.ui.widgets.still import StillScreen

T = TypeVar("T")
SEEN_S = 0.3
"""A person reads, decides and presses no faster after a question came to the screen."""
_ALWAYS = "escape"
"""Stepping back is always an answer."""


@runtime_checkable
class NamesKeys(Protocol):
    """A screen whose last line names the keys of whatever stands over it."""

    def name_keys(self) -> None:
        """Name those that work now."""


class Dialog(ModalScreen[T], StillScreen[T]):
    """A screen that is dismissed once, and only itself: Textual takes away whichever is on top.

    Textual takes the styles of the first base only.
    """

    ENTER: ClassVar[str] = ""
    """What enter does in the line that is typed in here, in a word; empty: nothing."""

    @property
    def hint_words(self) -> Mapping[str, str]:
        """What the last line says instead of a command's own word, where it depends."""
        return {}

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """The last line names this dialog's keys from now on."""
        del event
        self._name_keys()

    def watch_focused(self) -> None:
        """Another field has other keys."""
        self._name_keys()

    def _name_keys(self) -> None:
        for screen in self.app.screen_stack:
            if isinstance(screen, NamesKeys):
                screen.name_keys()

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Close with an answer; what lies over it closes first. Nothing when it has gone already:
        a double click answers twice.
        """
        if self not in self.app.screen_stack:
            return AwaitComplete()
        while self.app.screen is not self:
            self.app.pop_screen()
        return super().dismiss(result)


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
