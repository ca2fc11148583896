"""What a terminal is sent of colours: as it takes them, and none where it takes none."""

import re
from pathlib import Path

import pytest

from studio.ui.terminal.colours import without_colours
from tests.terminal import Terminal
from tests.ui.terminal.states import rows_shown, sqlite_place

_SGR = re.compile(rb"\x1b\[([0-9;:]*)m")
_COLOURS = {*range(30, 50), *range(90, 108)}


def colours_in(received: bytes) -> set[bytes]:
    """Every sequence that sets a colour."""
    found = set()
    for match in _SGR.finditer(received):
        words = {int(word) for word in re.split(rb"[;:]", match[1]) if word}
        if words & _COLOURS:
            found.add(match[0])
    return found


def marked(terminal: Terminal, *, by: str = "reverse") -> str:
    """What of the screen is told apart by an attribute of pyte's."""
    screen = terminal._screen
    return "".join(
        cell.data
        for y in range(screen.lines)
        for x in range(screen.columns)
        if getattr(cell := screen.buffer[y][x], by)
    )


@pytest.mark.parametrize(
    "environment",
    [
        {"NO_COLOR": "1"},
        {"TERM": "xterm-mono"},
    ],
)
def test_no_colour_is_sent_where_none_is_wanted(tmp_path: Path, environment) -> None:
    place = sqlite_place(tmp_path)
    whole = {**place.environment, **environment}
    with Terminal(place.command, columns=100, rows=30, env=whole) as terminal:
        rows_shown(terminal)
        terminal.settle()
        # The cell under the cursor.
        assert marked(terminal).strip() == "1"
        for key, shown, chosen in (
            ("?", "Next row", ""),
            ("ctrl+p", "what do you want", "whole value"),
            ("t", "go to table", "users"),
        ):
            terminal.press(key)
            terminal.wait_for(shown)
            terminal.settle()
            assert chosen in marked(terminal, by="underscore"), key
            terminal.press("escape")
            terminal.settle()
        terminal.press("d", "w")
        terminal.wait_for("COMMIT")
        terminal.settle()
        assert "users" in marked(terminal)
        terminal.press("escape")
        terminal.wait_for(lambda t: "COMMIT" not in t.text())
        terminal.press("shift+tab")
        terminal.wait_for(lambda t: "main" in marked(t) or "users" in marked(t))
        terminal.press("T")
        terminal.wait_for("ctrl+r")
        terminal.press("s")
        terminal.settle()
        assert colours_in(bytes(terminal.received)) == set()


def test_a_terminal_that_takes_colours_gets_them(tmp_path: Path) -> None:
    place = sqlite_place(tmp_path)
    with Terminal(place.command, columns=100, rows=30, env=place.environment) as terminal:
        rows_shown(terminal)
        assert any(b"38;2;" in one for one in colours_in(bytes(terminal.received)))


def test_a_dumb_terminal_is_refused_in_words(tmp_path: Path) -> None:
    place = sqlite_place(tmp_path)
    dumb = {**place.environment, "TERM": "dumb"}
    with Terminal(place.command, columns=100, rows=30, env=dumb) as terminal:
        assert terminal.wait_exit() == 2
        terminal.settle()
        received = bytes(terminal.received)
    assert b"TERM=dumb" in received
    assert b"studio query" in received
    assert b"\x1b" not in received


@pytest.mark.parametrize(
    ("sent", "left"),
    [
        ("\x1b[0m", "\x1b[0m"),
        ("\x1b[m", "\x1b[0m"),
        ("\x1b[1;38;2;1;7;7;48;5;7;7mx", "\x1b[1;7mx"),
        ("\x1b[38;2;1;2;3mx", "x"),
        ("\x1b[97;101mx\x1b[39;49m", "x"),
        ("\x1b[0;31mx", "\x1b[0mx"),
        ("\x1b[38m", ""),
        ("\x1b[2;5H\x1b[?25l", "\x1b[2;5H\x1b[?25l"),
    ],
)
def test_attributes_stay(sent: str, left: str) -> None:
    assert without_colours(sent) == left
