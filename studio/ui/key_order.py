"""Keys in the order they were typed, each after the one before has done its work."""

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from itertools import islice, takewhile
from time import perf_counter

from textual.app import App
from textual.dom import DOMNode
from textual.events import Key
from textual.message_pump import MessagePump
from textual.screen import ModalScreen

_PATIENCE_S = 0.5
"""A key whose widget went away under it holds up the next ones no longer than this."""
_ARRIVAL_S = 5.0
"""A tab that has not taken the focus by then is not what keys are meant for."""
_POLL_S = 0.02
_MOST = 25
"""So many presses of a held key are answered at once."""
_FRAME_S = 1 / 60
"""A screen is painted no more often."""
_MOVES = {"up", "down", "left", "right", "pageup", "pagedown", "home", "end"}


class KeyOrder:
    """Lets one key at a time into the app.

    Textual hands a key to the widget that has the focus when it arrives, not when the key before
    it has been answered: of keys that come in one go, `t` opens a question and the letters for it
    would go to the grid. So a key waits until the one before has passed through its widget and all
    around it, and until a question or a tab that was opened has the focus.
    """

    def __init__(
        self,
        app: App[None],
        deliver: Callable[[Key], Awaitable[None]],
        is_arriving: Callable[[], bool],
        move: Callable[[str, int], Awaitable[int]],
    ) -> None:
        """`is_arriving` tells whether what a key asked for is on its way; `move` goes as far as
        some presses of a key would, if that is all they do, and tells how many of them it answered.
        """
        self._app = app
        self._deliver = deliver
        self._is_arriving = is_arriving
        self._move = move
        self._moved_at = 0.0
        self._is_resting = False
        self._waiting: deque[Key] = deque()
        self._current: Key | None = None
        self._since = 0.0
        self._listening: ModalScreen[object] | None = None
        self._is_asking = False

    async def arrive(self, event: Key) -> None:
        """Take a key from the terminal."""
        if self._current is not None and perf_counter() - self._since > _PATIENCE_S:
            self._current = None
        self._waiting.append(event)
        if self._current is not None:
            self._app.set_timer(_PATIENCE_S, self._go_on)
        await self._go_on()

    async def _go_on(self) -> None:
        if self._current is not None and perf_counter() - self._since > _PATIENCE_S:
            self._current = None
        while self._waiting and self._current is None and not self._must_wait():
            if await self._moved():
                continue
            event = self._waiting.popleft()
            self._current, self._since = event, perf_counter()
            target: MessagePump = self._app.focused or self._app.screen
            await self._deliver(event)
            if not event.is_forwarded:
                self._current = None
            else:
                self._follow(_path(target, self._app, event), event)

    async def _moved(self) -> bool:
        """Answer the next key at once when it only moves, with those behind it that are the same: a
        held key comes faster than each place can be shown. Not all in one leap: rows are read
        meanwhile.
        """
        key = self._waiting[0].key
        held = [*islice(takewhile(lambda event: event.key == key, self._waiting), _MOST)]
        answered = await self._move(key, len(held))
        for _ in range(answered):
            self._waiting.popleft()
        if answered:
            self._moved_at = perf_counter()
        return answered > 0

    def _rest(self, seconds: float) -> None:
        """Answer no key for so long."""
        if not self._is_resting:
            self._is_resting = True
            self._app.set_timer(seconds, self._rested)

    async def _rested(self) -> None:
        self._is_resting = False
        await self._go_on()

    def _must_wait(self) -> bool:
        """Whether a question or anything else is on its way to the screen."""
        if self._is_arriving() and perf_counter() - self._since < _ARRIVAL_S:
            self._rest(_POLL_S)
        elif (unseen_s := self._moved_at + _FRAME_S - perf_counter()) > 0:
            self._rest(unseen_s)
        if self._is_resting:
            return True
        screen = self._app.screen
        if not isinstance(screen, ModalScreen) or screen is self._listening:
            return False
        if not self._is_asking:
            self._is_asking = True
            screen.call_after_refresh(self._opened, screen)
        return True

    async def _opened(self, screen: ModalScreen[object]) -> None:
        self._is_asking = False
        self._listening = screen
        self._app.call_later(self._go_on)

    def _follow(self, path: Sequence[MessagePump], event: Key) -> None:
        """Pass after the key through everything it bubbles through."""
        if event.key in _MOVES and event._stop_propagation:  # noqa: SLF001 nobody tells otherwise
            path = ()
        for place, pump in enumerate(path):
            if pump.call_later(self._follow, path[place + 1 :], event):
                return
        self._app.call_later(self._done, event)

    async def _done(self, event: Key) -> None:
        if event is self._current:
            self._current = None
        await self._go_on()


def _path(target: MessagePump, app: App[None], event: Key) -> Sequence[MessagePump]:
    """What has to be quiet before the next key may come: the target and all around it.

    Twice, and the app between, which looks up bindings: a key is often answered by a message that
    bubbles behind it, or by another focus. Moves are not, and they come fast.
    """
    around = list(target.ancestors_with_self) if isinstance(target, DOMNode) else [target]
    return around if event.key in _MOVES else [*around, app, *around]
