"""When the app itself fails: the terminal as it was before, whatever Textual left of it."""

import os
import sys
import termios
from contextlib import suppress
from typing import Any

from studio.ui.startup.first_frame import FirstFrame
from studio.ui.terminal.foreground import is_in_foreground

_IN_ORDER = (
    "\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1015l\x1b[?1016l"  # the mouse
    "\x1b[?1004l\x1b[?2004l\x1b[?2048l\x1b[<u\x1b[?7h"  # focus, pastes, sizes, keys, wrapping
    "\x1b[?1049l\x1b[?25h\x1b[0m\r\n"  # the screen, the cursor, colours
)


class TerminalBefore:
    """The terminal's modes before anything was painted."""

    def __init__(self, frame: FirstFrame | None) -> None:
        """Remember them, where there is a terminal; a frame that was painted knows them."""
        self._modes: list[Any] | None = None if frame is None else frame.modes
        with suppress(OSError, ValueError, termios.error):
            self._modes = self._modes or termios.tcgetattr(_keyboard())

    def put_back(self, *, screen: bool) -> None:
        """Give them back; `screen`: also leave the alternate screen, and what was asked of the
        terminal besides.
        """
        with suppress(OSError, ValueError, termios.error):
            if screen and sys.__stderr__ is not None:
                os.write(sys.__stderr__.fileno(), _IN_ORDER.encode())
            if self._modes is not None and is_in_foreground(_keyboard()):
                termios.tcsetattr(_keyboard(), termios.TCSANOW, self._modes)


def _keyboard() -> int:
    return sys.__stdin__.fileno() if sys.__stdin__ is not None else 0
