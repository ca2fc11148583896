"""What is said in passing: the same words once, and few at a time."""

from collections.abc import Iterator
from time import time

from textual.app import App
from textual.notifications import Notification, Notify
from textual.widgets._toast import Toast

MOST = 5
"""So many are on the screen: more would hide it, and each costs a layout."""


class Toasts:
    """Decides which notices come onto the screen; the app holds it."""

    def __init__(self, app: App[None]) -> None:
        self._app = app

    def take(self, event: Notify) -> None:
        """Let a new notice come; one that is there already stays longer, and nothing is drawn."""
        new = event.notification
        for shown in self._shown:
            if _words(shown) == _words(new):
                shown.raised_at, shown.timeout = time(), new.timeout
                for toast in self._toasts_of(shown):
                    _begin_anew(toast, new.timeout)
                event.prevent_default()
                return
        if len(self._shown) >= MOST:
            self._end(min(self._shown, key=lambda shown: shown.severity != "information"))

    @property
    def _shown(self) -> tuple[Notification, ...]:
        """Oldest first."""
        return tuple(self._app._notifications)  # noqa: SLF001 no public way

    def _toasts_of(self, shown: Notification) -> Iterator[Toast]:
        """A dialog shows again what the screen below it shows."""
        for screen in self._app.screen_stack:
            for toast in screen.query(Toast):
                if toast._notification is shown:  # noqa: SLF001 no public way
                    yield toast

    def _end(self, shown: Notification) -> None:
        self._app._unnotify(shown, refresh=False)  # noqa: SLF001 no public way
        for toast in self._toasts_of(shown):
            toast._expire()  # noqa: SLF001 no public way


def _words(notice: Notification) -> tuple[str, str, str]:
    return notice.title, notice.message, notice.severity


def _begin_anew(toast: Toast, seconds: float) -> None:
    for timer in tuple(toast._timers):  # noqa: SLF001 no public way
        timer.stop()
    toast.set_timer(seconds, toast._expire)  # noqa: SLF001 no public way
