"""Commands of two keys: the first shows what the second may be."""

from collections.abc import Callable

from textual import events
from textual.dom import DOMNode
from textual.screen import Screen

from studio.ui.keys.chords import Choices, chord_menu, chords_here
from studio.ui.keys.commands import Command
from studio.ui.shell.status_line import StatusLine
from studio.ui.widgets.labels import plain

_FIRST = frozenset({"g"})
_BACK = "escape"
_TOLD_S = 3.0


class TwoKeys:
    """Takes the keys of one such command, before the focus sees them.

    The app asks for every key as it arrives: two keys typed in one go are still in order here,
    while a widget would get the second before it has answered the first.
    """

    def __init__(
        self, screen: Screen[None], keep: Callable[[str, events.Key], bool] = lambda *_: False
    ) -> None:
        """`screen` has a last line, where the choices are shown; `keep` takes two keys that mean
        nothing yet, if they may mean something later.
        """
        self._screen = screen
        self._keep = keep
        self._choices: Choices | None = None
        self._first = ""
        self.is_due = False
        """Whether a command was typed, and has not run yet."""

    @property
    def is_begun(self) -> bool:
        """Whether the next key ends a command."""
        return self._choices is not None

    def begin(self, first: str) -> None:
        """Wait for the second key."""
        self._first, self._choices = first, chords_here(self._screen, first)
        status = self._status
        room = status.content_size.width
        status.question = chord_menu(first, self._choices, room, status.key_styles)

    def take(self, event: events.Key) -> bool:
        """Take a key that belongs to a command; whether it did."""
        choices, self._choices = self._choices, None
        if choices is None:
            focused = self._screen.focused
            consumed = focused is not None and focused.check_consume_key(event.key, event.character)
            if event.key not in _FIRST or consumed:
                return False
            self.begin(event.key)
            return True
        self._status.question = None
        key = event.character if event.is_printable and event.character else event.key
        if key in choices:
            self.is_due = True
            self._screen.call_later(self._run, *choices[key])
        elif event.key != _BACK and not self._keep(self._first, event):
            said = f"{self._first} {plain(key)} does nothing here"
            self._screen.notify(said, timeout=_TOLD_S, markup=False)
        return True

    @property
    def _status(self) -> StatusLine:
        return self._screen.query_one(StatusLine)

    async def _run(self, command: Command, node: DOMNode) -> None:
        try:
            await self._screen.app.run_action(command.action, node)
        finally:
            self.is_due = False
