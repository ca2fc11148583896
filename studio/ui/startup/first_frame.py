"""The empty frame, painted before Textual is imported: a person sees at once that it starts.

It looks as the app's own first frame does: nothing moves when Textual takes the screen over.
"""

import os
import sys
import termios
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from studio.config.themes import ThemeSpec
from studio.ui.terminal.colours import is_colourless
from studio.ui.terminal.foreground import is_in_foreground
from studio.ui.terminal.size import terminal_size

if TYPE_CHECKING:
    from textual.driver import Driver

_ENTER = "\x1b[?1049h"
_HIDE_CURSOR = "\x1b[?25l"
_PASTES = "\x1b[?2004"
"""Bracketed paste mode, `h` on and `l` off: what is pasted this early is text as well."""
_LEAVE = f"{_PASTES}l\x1b[?1049l\x1b[?25h"
_NAME, _KEY = " studio", "starting   ctrl+p "
_LOCAL_MODES, _CHARACTERS = 3, 6
"""Places in what `termios.tcgetattr` gives."""
_TRUE_COLOUR = frozenset({"truecolor", "24bit"})


class FirstFrame:
    """The frame, and what the terminal was like before it."""

    def __init__(self, keyboard: int, screen: int) -> None:
        """Nothing is painted yet. Raises OSError or termios.error where that cannot be done."""
        self._keyboard = keyboard
        self._screen = screen
        self._size = terminal_size(screen, os.environ)
        self._modes = termios.tcgetattr(keyboard)
        self._is_ours = False
        self._is_entered = False

    def paint(self, theme: ThemeSpec, environment: Mapping[str, str]) -> None:
        """Paint it, and keep what is typed from being echoed."""
        # First the mark: an interrupt at any later point still gives everything back.
        self._is_ours = True
        _set_modes(self._keyboard, _quiet(self._keyboard))
        self._is_entered = True
        os.write(self._screen, _drawn(theme, environment, *self._size).encode())

    @property
    def modes(self) -> list[Any]:
        """The terminal's modes before it, as termios knows them."""
        return self._modes

    def hand_over(self) -> None:
        """Give back the terminal's modes; the screen stays as it is."""
        if self._is_ours:
            _set_modes(self._keyboard, self._modes)
            self._is_ours = False

    def is_entered(self) -> bool:
        """Whether the alternate screen is on already; asked once, by who would turn it on."""
        entered, self._is_entered = self._is_entered, False
        return entered

    def leave(self) -> None:
        """Take it away, when nobody took it over."""
        if self._is_ours:
            with suppress(OSError, termios.error):  # a terminal that is gone needs nothing back
                os.write(self._screen, _LEAVE.encode())
                if is_in_foreground(self._keyboard):
                    self.hand_over()


def frame_here(environment: Mapping[str, str]) -> FirstFrame | None:
    """A frame for the terminal Textual will use; None where there is none to paint on."""
    if environment.get("TERM", "dumb") == "dumb" or sys.__stdin__ is None or sys.__stderr__ is None:
        return None
    try:
        # Textual reads from the one and writes to the other.
        return FirstFrame(sys.__stdin__.fileno(), sys.__stderr__.fileno())
    except (OSError, ValueError, termios.error):
        return None


def taking_over(kind: "type[Driver]", frame: FirstFrame) -> "type[Driver]":
    """The same driver, which goes on from `frame`."""

    class TakingOver(kind):  # type: ignore[valid-type, misc]
        def start_application_mode(self) -> None:
            # What Textual finds now is what it gives back in the end.
            frame.hand_over()
            super().start_application_mode()

        def write(self, data: str) -> None:
            # Entering the alternate screen a second time clears it.
            if data != _ENTER or not frame.is_entered():
                super().write(data)

    return TakingOver


def _quiet(keyboard: int) -> list[Any]:
    """Modes in which keys wait for Textual; ctrl+c still interrupts, nothing suspends."""
    modes = termios.tcgetattr(keyboard)
    modes[_LOCAL_MODES] &= ~(termios.ECHO | termios.ICANON)
    disabled = bytes((os.fpathconf(keyboard, "PC_VDISABLE"),))
    modes[_CHARACTERS][termios.VSUSP] = disabled
    return modes


def _set_modes(keyboard: int, modes: list[Any]) -> None:
    termios.tcsetattr(keyboard, termios.TCSANOW, modes)


def _drawn(theme: ThemeSpec, environment: Mapping[str, str], columns: int, rows: int) -> str:
    background = line = ""
    if (
        environment.get("COLORTERM", "").lower() in _TRUE_COLOUR
        and not is_colourless(environment)
        and not theme.ansi
    ):
        background = _colour(48, theme.palette["background"])
        line = _colour(48, theme.palette["panel"]) + _colour(38, theme.palette["foreground"])
    gap = " " * max(1, columns - len(_NAME) - len(_KEY))
    head = f"\x1b[H{line}\x1b[1m{_NAME}\x1b[22m{gap}{_KEY}"
    foot = f"\x1b[{rows};1H{' ' * columns}\x1b[0m"
    return f"{_ENTER}{_PASTES}h{_HIDE_CURSOR}{background}\x1b[2J{head}{foot}"


def _colour(layer: int, colour: str) -> str:
    red, green, blue = bytes.fromhex(colour[1:])
    return f"\x1b[{layer};2;{red};{green};{blue}m"
