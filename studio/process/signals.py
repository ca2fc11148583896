"""What ends the program from outside: signals, and a terminal that is gone.

A thread beside the event loop hears of both, whatever the loop, a driver or the terminal does. It
asks for an orderly end first, and ends the process when that takes too long. Standard library only:
it is there before the first paint, and in commands without a screen.
"""

import atexit
import contextlib
import os
import select
import signal
import threading
import time
from collections.abc import Callable, Sequence
from types import FrameType, TracebackType
from typing import Self

ENDING = (signal.SIGTERM, signal.SIGHUP)
"""Signals that end every command."""
SIGNALLED = 128
"""A shell's exit code for "ended by signal n" is this much more than n."""
GRACE_S = 2.0
"""For the database to roll back and close, and for the terminal to be put in order."""
_LAST_S = 0.4
"""For what is tried in the very end; it may wait for a terminal that does not read."""
_GONE = select.POLLHUP | select.POLLERR
"""Not POLLNVAL: some systems say that of every terminal."""
_STOP = b"\0"
"""No signal's number: tells the thread to look around."""


class Ending:
    """Ends this process when it is told to, within `GRACE_S` and a little.

    Until `hand_to`, an ending signal raises SystemExit in the main thread, with a shell's exit
    code for it. Only the main thread can install it; in another one, and there only, it does
    nothing.
    """

    def __init__(
        self, numbers: Sequence[signal.Signals] = ENDING, terminals: Sequence[int] = ()
    ) -> None:
        """`terminals`: descriptors; one that is hung up is as good as SIGHUP."""
        self.number: signal.Signals | None = None
        """The signal it ends by."""
        self.is_told = False
        """Whether a signal that counts was seen by the main thread. It ends by it, but the thread
        beside the loop may not have come to it yet: who would stop now, would stop that one, too.
        """
        self.at_last: Callable[[], None] = lambda: None
        """Called before the process is ended by force; may block, for it is not waited for long."""
        self._numbers = tuple(numbers)
        self._terminals = frozenset(terminals)
        self._tell: Callable[[signal.Signals], None] | None = None
        self._counts: Callable[[signal.Signals], bool] = lambda _number: True
        self._before: dict[signal.Signals, signal._HANDLER] = {}
        self._pipe = (-1, -1)
        self._wakeup_before = -1
        self._code: int | None = None
        self._has_raised = False
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Listen from now on."""
        if threading.current_thread() is threading.main_thread():
            reading, writing = self._pipe = os.pipe()
            os.set_blocking(writing, False)
            # The handler in C writes to it from any thread, also while Python cannot run its own.
            self._wakeup_before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
            for number in self._numbers:
                # `nohup` is obeyed, but by what needs the terminal that is gone.
                if self._terminals or signal.getsignal(number) is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._raise)
            self._thread = threading.Thread(
                target=self._watch, args=(reading,), name="ending", daemon=True
            )
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Listen no longer. When it was told to end, raise SystemExit with the code for that: what
        failed on a terminal that is gone is no news. A program that is over stays watched.
        """
        if self._thread is None or self._code is not None:
            return
        number = self.number or (signal.SIGHUP if error is not None and self.is_hung_up() else None)
        if number is not None:
            raise SystemExit(SIGNALLED + number)
        for number, handler in self._before.items():
            if handler is not None:
                signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup_before)
        os.write(self._pipe[1], _STOP)
        self._thread.join()
        for end in self._pipe:
            os.close(end)

    def hand_to(
        self,
        tell: Callable[[signal.Signals], None],
        counts: Callable[[signal.Signals], bool] = lambda _number: True,
    ) -> None:
        """Let `tell` bring the end about from now on: called once, from another thread. A signal
        for which `counts` is false is not heard.
        """
        self._tell, self._counts = tell, counts

    def finish(self, code: int) -> None:
        """The program is over, with this exit code: what hangs from now on ends with it."""
        if self._thread is not None and self.number is None:
            self._code = code
            os.write(self._pipe[1], _STOP)

    def is_hung_up(self) -> bool:
        """Whether a terminal is gone, now."""
        waiting = select.poll()
        for terminal in self._terminals:
            waiting.register(terminal, 0)
        return any(events & _GONE for _, events in waiting.poll(0))

    def _raise(self, number: int, frame: FrameType | None) -> None:
        del frame
        self.is_told = self.is_told or self._counts(signal.Signals(number))
        # Only the first: a second one must not interrupt the cleaning up.
        if self._tell is None and self._code is None and not self._has_raised:
            self._has_raised = True
            self.number = signal.Signals(number)
            raise SystemExit(SIGNALLED + number)

    # -- beside the loop -------------------------------------------------------------------------

    def _watch(self, reading: int) -> None:
        if not self._hear(reading):
            return
        if (number := self.number) is not None and self._tell is not None:
            # The loop may be closed by now: then the program is over anyway.
            with contextlib.suppress(RuntimeError):
                self._tell(number)
        time.sleep(GRACE_S)
        # What finalizers remove are private copies of databases; os._exit would leave them.
        for last in (self.at_last, atexit._run_exitfuncs):  # noqa: SLF001 no public way
            trying = threading.Thread(target=last, daemon=True)
            trying.start()
            trying.join(_LAST_S)
        os._exit(SIGNALLED + number if number is not None else self._code or 0)

    def _hear(self, reading: int) -> bool:
        """Wait until the process ends; False when it is no longer asked for."""
        waiting = select.poll()
        waiting.register(reading, select.POLLIN)
        for terminal in self._terminals:
            waiting.register(terminal, 0)  # that it is hung up is always told
        while True:
            for descriptor, events in waiting.poll():
                if descriptor == reading:
                    if (ends := self._heard(os.read(reading, 64))) is not None:
                        return ends
                    continue
                waiting.unregister(descriptor)
                if events & _GONE:
                    # As the kernel does: the main thread may wait for something.
                    os.kill(os.getpid(), signal.SIGHUP)

    def _heard(self, numbers: bytes) -> bool | None:
        """What `_hear` answers to these; None: nothing yet."""
        for number in numbers:
            if number == _STOP[0]:
                return self._code is not None
            if number in self._before and self._counts(signal.Signals(number)):
                self.number = signal.Signals(number)
                return True
        return None
