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

    _was_resumed = False

    def _compositor_refresh(self) -> None:
        if self.app._batch_count:  # noqa: SLF001 no public way to ask
            # Textual renders all the same, and shows none of it; whoever ends the batch repaints.
            return
        super()._compositor_refresh()
        if self is not self.app.screen:
            # Textual 8.2 (its pull request 6307) asks for another repaint of a screen beneath a
            # dialog after each one: the dialog would be sent again and again for ever.
            self._repaint_required = False

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Each widget got its styles when it was mounted, a moment before the first time: for that,
        Textual would apply all of them once more.
        """
        event.refresh_styles = event.refresh_styles and self._was_resumed
        self._was_resumed = True

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """A cursor that blinks sends its line twice a second."""
        if isinstance(event.widget, Blinking):
            event.widget.cursor_blink = False
