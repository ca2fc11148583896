"""Screens that send nothing while nobody does anything: over ssh every byte counts."""

from typing import Protocol, TypeVar, runtime_checkable

from textual import events
from textual.screen import Screen

T = TypeVar("T")


@runtime_checkable
class Blinking(Protocol):
    """An Input or a TextArea, told by what it has: importing both takes 10 ms of every start."""

    cursor_blink: bool


class StillScreen(Screen[T]):
    """What every screen of studio is made of."""

    def _compositor_refresh(self) -> None:
        super()._compositor_refresh()
        if self is not self.app.screen:
            # Textual 8.2 (its pull request 6307) asks for another repaint of a screen beneath a
            # dialog after each one: the dialog would be sent again and again for ever.
            self._repaint_required = False

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """A cursor that blinks sends its line twice a second."""
        if isinstance(event.widget, Blinking):
            event.widget.cursor_blink = False
