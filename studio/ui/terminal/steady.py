"""Textual's driver for a terminal that may stop reading, be suspended, resized, or go away."""

import os
import signal
import sys
import termios
from contextlib import suppress
from typing import TYPE_CHECKING

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from studio.ui.terminal.foreground import is_in_foreground
from studio.ui.terminal.frames import TerminalFrames
from studio.ui.terminal.output import Output
from studio.ui.terminal.size import terminal_size

if TYPE_CHECKING:
    from collections.abc import Callable

_DRAIN_S = 0.5
"""For the last bytes: a terminal that does not read then has seen the last of us."""
_MODES_OFF = "".join(f"\x1b[?{mode}l" for mode in (2004, 2048, 1000, 1003, 1015, 1006, 1004))
_GIVE_BACK = f"{_MODES_OFF}\x1b[?7h\x1b[<u\x1b[?1049l\x1b[?25h"
"""Every mode that was set, as it was."""


class SteadyDriver(LinuxDriver):
    """Never waits for the terminal, and draws everything anew after somebody else drew on it."""

    class DrawAnew(Message):
        """The terminal reads again, and frames were dropped: what it shows is old."""

    def __init__(
        self,
        app: App[object],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        screen = sys.__stderr__
        if screen is None:
            raise OSError("there is no stderr to draw on")
        self._screen = screen
        self._output = Output(screen.fileno(), self._reads_again)
        self.frames = TerminalFrames(os.environ)
        self._is_on = False
        """Whether the terminal is ours: frames are written only then."""
        self._is_changing = False
        """Whether it is being taken or given back."""
        self._is_ending = False
        self._is_waking = False
        self.is_told_to_end: Callable[[], bool] = lambda: False
        """Whether a signal came that ends the program: it may be known before `end` is called."""
        if self._size is None:
            self._size = self._get_terminal_size()

    # -- its size --------------------------------------------------------------------------------

    def _get_terminal_size(self) -> tuple[int, int]:
        columns, rows = terminal_size(self.fileno, os.environ)
        return columns, rows

    # -- output ----------------------------------------------------------------------------------

    def write(self, data: str) -> None:
        """Never waits. Frames may be dropped, and while somebody else has the terminal they are;
        what is sent to take it or to give it back is not.
        """
        if self._is_on or self._is_changing:
            encoded = data.encode(self._screen.encoding, self._screen.errors or "strict")
            self._output.write(encoded, is_frame=not self._is_changing)

    def catch_up(self) -> None:
        """Write frames again: the next one must be the whole screen."""
        self.frames.forget()
        self._output.catch_up()

    def _reads_again(self) -> None:
        self.send_message(self.DrawAnew())

    # -- taking the terminal and giving it back --------------------------------------------------

    def start_application_mode(self) -> None:
        """Take the terminal; nothing happens when it is ours, or we are told to end. In the
        background we stop: Textual would by SIGSTOP.
        """
        if self._is_on or self._is_over:
            return
        if not is_in_foreground(self.fileno):
            self._stop()
            return
        before = self._key_thread
        self.frames.forget()
        self._is_changing = True
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self._is_changing = False
        self._is_on = self._key_thread is not before
        if self._is_on:
            # Textual's own writer waits for the terminal: ours does the work.
            super().close()

    def stop_application_mode(self) -> None:
        """Give the terminal back; nothing happens when it is not ours."""
        if self._is_on:
            self._is_changing = True
            if not is_in_foreground(self.fileno):
                self.attrs_before = None  # a shell took it: its modes are that one's by now
            # A terminal with one screen goes on below what is on it.
            self.write("\r\n")
            super().stop_application_mode()
            self._is_on = self._is_changing = False
            self._output.drain(_DRAIN_S)

    def disable_input(self) -> None:
        """Read no more; nothing happens when the terminal is not ours."""
        if self._is_on:
            # It throws away what was typed: in the background, that would stop us in our end.
            before = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
            super().disable_input()
            signal.signal(signal.SIGTTOU, before)

    def close(self) -> None:
        """Nothing is left to close: the output's thread waits for nobody, and nobody for it."""

    def end(self, *, is_hung_up: bool) -> None:
        """The program ends: take no terminal any more. From any thread."""
        self._is_ending = True
        if is_hung_up:
            self._output.give_up()
            self.exit_event.set()  # what reads it would find its end, again and again

    def give_back(self) -> None:
        """All that can be done in the end, from any thread; waits for a terminal that does not
        read.
        """
        if self._is_on and self.attrs_before is not None:
            with suppress(OSError, termios.error):
                if is_in_foreground(self.fileno):
                    termios.tcsetattr(self.fileno, termios.TCSANOW, self.attrs_before)
                os.write(self._screen.fileno(), _GIVE_BACK.encode())

    # -- suspended and continued -----------------------------------------------------------------

    def _sigtstp_application(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._suspend)

    def _sigcont_application(self, *_: object) -> None:
        if not self._is_waking:
            self._is_waking = True
            self._loop.call_soon_threadsafe(self._continue)

    def _suspend(self) -> None:
        if self._auto_restart:
            self.stop_application_mode()
        self._stop()
        # Nobody says that we go on where we did not stop.
        self._sigcont_application()

    def _continue(self) -> None:
        """After `fg`, or a stop that nobody announced; the kernel sends it behind SIGHUP, and a
        shell behind the SIGTERM of its own end, too.
        """
        self._is_waking = False
        if not self._auto_restart or self._is_over:
            return
        if not is_in_foreground(self.fileno):
            self._stop()
            return
        # A shell that stopped us unasked has drawn and set modes of its own meanwhile.
        self.stop_application_mode()
        self._must_signal_resume = True
        self.start_application_mode()

    def _stop(self) -> None:
        """Stop, where somebody could let us go on. SIGSTOP would stop us also where the shell is
        gone, for ever; the kernel drops SIGTSTP there. To this thread: it stops before it goes on.
        """
        if not self._is_over:
            signal.signal(signal.SIGTSTP, signal.SIG_DFL)
            signal.raise_signal(signal.SIGTSTP)
            signal.signal(signal.SIGTSTP, self._sigtstp_application)

    @property
    def _is_over(self) -> bool:
        return self._is_ending or self.is_told_to_end()
