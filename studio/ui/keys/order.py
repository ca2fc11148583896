"""Keys and pastes in the order they came, each after the one before has done its work."""

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from itertools import islice, takewhile
from time import monotonic, perf_counter
from typing import TypeGuard

from textual.app import App
from textual.dom import DOMNode
from textual.events import Key, Paste
from textual.message_pump import MessagePump
from textual.screen import ModalScreen

from studio.model.words import plural
from studio.ui.keys.bursts import BURST_S, Bursts
from studio.ui.widgets.dialog import Confirming

_PATIENCE_S = 0.5
"""So long a way out waits for its turn like any other key."""
_WAYS_OUT = frozenset({"escape", "ctrl+q", "ctrl+c"})
_POLL_S = 0.02
_GONE_S = 0.1
"""So often the widget that works on a key is looked at: it may have gone."""
_MOST = 25
"""So many presses of a held key are answered at once."""
_FRAME_S = 1 / 60
"""A screen is painted no more often."""
_MOVES = {"up", "down", "left", "right", "pageup", "pagedown", "home", "end"}
_NO_ANSWER = "not taken: press it again, by itself"


class KeyOrder:
    """Lets one key or paste at a time into the app.

    Textual hands a key to the widget that has the focus when it arrives, not when the key before
    it has been answered: of keys that come in one go, `t` opens a question and the letters for it
    would go to the grid. So a key waits until the one before has passed through its widget and all
    around it, and until a question or a tab that was opened has the focus. It waits as long as that
    takes: it is never given to what it was not meant for. A way out, pressed while others wait,
    forgets those and goes at once.

    A question takes its answer only from who has seen it: see `Confirming`.
    """

    def __init__(
        self,
        app: App[None],
        deliver: Callable[[Key | Paste], Awaitable[None]],
        is_arriving: Callable[[], bool],
        give_up: Callable[[], None],
        move: Callable[[str, int], Awaitable[int]],
    ) -> None:
        """`is_arriving` tells whether what a key asked for is on its way, `give_up` waits for it no
        more; `move` goes as far as some presses of a key would, if that is all they do, and tells
        how many of them it answered.
        """
        self._app = app
        self._deliver = deliver
        self._is_arriving = is_arriving
        self._give_up = give_up
        self._move = move
        self._moved_at = 0.0
        self._is_resting = False
        self._waiting: deque[Key | Paste] = deque()
        self._bursts = Bursts()
        self._current: Key | Paste | None = None
        self._at: tuple[MessagePump, Sequence[MessagePump]] | None = None
        """Where the current one is, and what it still has to pass."""
        self._is_watching = False
        self._since = 0.0
        """When the last one was let in."""
        self._listening: ModalScreen[object] | None = None
        self._asked: ModalScreen[object] | None = None

    async def arrive(self, event: Key | Paste) -> None:
        """Take a key or a paste from the terminal."""
        self._bursts.note(event)
        if isinstance(event, Key) and event.key in _WAYS_OUT and self._is_stuck():
            self._say_lost()
            self._waiting.clear()
            self._current = None
            self._give_up()
        self._waiting.append(event)
        await self._go_on()

    def _say_lost(self) -> None:
        """Say that text which waits for what it was meant for will be typed nowhere."""
        if pasted := sum(isinstance(event, Paste) for event in self._waiting):
            self._app.notify(f"not taken: {plural(pasted, 'paste')}", markup=False)
        if typed := sum(isinstance(event, Key) and event.is_printable for event in self._waiting):
            self._app.notify(f"not taken: {plural(typed, 'key')} typed ahead", markup=False)

    def expect(self, events: Sequence[Key | Paste]) -> None:
        """Know of keys and pastes that were read in one go, before they arrive."""
        for event in events:
            self._bursts.note(event)

    @property
    def is_idle(self) -> bool:
        """Whether every key that came has done its work."""
        return not self._waiting and self._current is None

    def takes_answers(self) -> bool:
        """Whether the question on the screen would take an answer that came now."""
        now, screen = monotonic(), self._app.screen
        return self._bursts.are_over(now) and (
            not isinstance(screen, Confirming) or screen.was_seen(now)
        )

    def _is_stuck(self) -> bool:
        is_waiting = self._current is not None or self._is_arriving()
        return is_waiting and perf_counter() - self._since > _PATIENCE_S

    async def _go_on(self) -> None:
        while self._waiting and self._current is None and not self._must_wait():
            if await self._moved():
                continue
            event = self._waiting[0]
            if self._answers(event):
                if monotonic() - event.time < BURST_S:
                    self._rest(BURST_S)
                    return
                if not self._is_answer(event):
                    self._waiting.popleft()
                    self._app.notify(_NO_ANSWER, timeout=3, markup=False)
                    continue
            await self._let_in(self._waiting.popleft())
        self._watch()

    async def _let_in(self, event: Key | Paste) -> None:
        self._current, self._since = event, perf_counter()
        target: MessagePump = self._app.focused or self._app.screen
        await self._deliver(event)
        # What a key bound with priority does may be a message that bubbles, too.
        self._follow(_path(target, self._app, event), event)

    def _answers(self, event: Key | Paste) -> TypeGuard[Key]:
        """Whether this would answer the question on the screen."""
        screen = self._app.screen
        return (
            isinstance(event, Key) and isinstance(screen, Confirming) and screen.confirms(event.key)
        )

    def _is_answer(self, event: Key) -> bool:
        """Whether a person gave it, who saw the question."""
        screen = self._app.screen
        return (
            isinstance(screen, Confirming)
            and screen.was_seen(event.time)
            and self._bursts.is_alone(event)
        )

    async def _moved(self) -> bool:
        """Answer the next key at once when it only moves, with those behind it that are the same: a
        held key comes faster than each place can be shown. Not all in one leap: rows are read
        meanwhile.
        """
        first = self._waiting[0]
        if not isinstance(first, Key):
            return False
        held = [*islice(takewhile(lambda event: _is_same(event, first), self._waiting), _MOST)]
        answered = await self._move(first.key, len(held))
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
        if self._app.screen_stack:  # else it ends: nobody takes a key any more
            await self._go_on()

    def _must_wait(self) -> bool:
        """Whether a question or anything else is on its way to the screen."""
        if self._is_arriving():
            self._rest(_POLL_S)
        elif (unseen_s := self._moved_at + _FRAME_S - perf_counter()) > 0:
            self._rest(unseen_s)
        if self._is_resting:
            return True
        screen = self._app.screen
        if not isinstance(screen, ModalScreen) or screen is self._listening:
            return False
        if self._asked is not screen:
            self._asked = screen
            screen.call_after_refresh(self._opened, screen)
        return True

    async def _opened(self, screen: ModalScreen[object]) -> None:
        self._asked, self._listening = None, screen
        self._app.call_later(self._go_on)

    def _follow(self, path: Sequence[MessagePump], event: Key | Paste) -> None:
        """Pass after the key through everything it bubbles through."""
        if event is not self._current:
            return
        if _is_move(event) and event._stop_propagation:  # noqa: SLF001 nobody tells otherwise
            path = ()
        for place, pump in enumerate(path):
            rest = path[place + 1 :]
            if pump.call_later(self._follow, rest, event):
                self._at = pump, rest
                return
        self._app.call_later(self._done, event)

    def _watch(self) -> None:
        """While others wait: what works on a key may go away, with all that waited there."""
        if not self._is_watching and self._waiting and self._current is not None:
            self._is_watching = True
            self._app.set_timer(_GONE_S, self._look_after)

    def _look_after(self) -> None:
        self._is_watching = False
        if self._current is not None and self._at is not None:
            pump, rest = self._at
            if not pump.is_running:
                self._follow(rest, self._current)
        self._watch()

    async def _done(self, event: Key | Paste) -> None:
        if event is self._current:
            self._current, self._at = None, None
        await self._go_on()


def _is_same(event: Key | Paste, key: Key) -> bool:
    return isinstance(event, Key) and event.key == key.key


def _is_move(event: Key | Paste) -> bool:
    return isinstance(event, Key) and event.key in _MOVES


def _path(target: MessagePump, app: App[None], event: Key | Paste) -> Sequence[MessagePump]:
    """What has to be quiet before the next key may come: the target and all around it.

    Twice, and the app between, which looks up bindings: a key is often answered by a message that
    bubbles behind it, or by another focus. Moves are not, and they come fast.
    """
    around = list(target.ancestors_with_self) if isinstance(target, DOMNode) else [target]
    return around if _is_move(event) else [*around, app, *around]
