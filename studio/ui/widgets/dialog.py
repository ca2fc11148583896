"""What stands over the main screen until it is answered."""

from collections.abc import Mapping
from typing import ClassVar, Protocol, TypeVar, runtime_checkable

from textual import events
from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen

from studio.ui.widgets.still import StillScreen

T = TypeVar("T")


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
