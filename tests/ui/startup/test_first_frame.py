"""What is painted before Textual: the same frame, and a terminal given back as it was."""

import os
import re
import sys

import pytest

from studio.ui.startup.first_frame import frame_here
from tests.terminal import Terminal
from tests.ui.test_in_a_terminal import STUDIO, home, many_rows  # noqa: F401 a fixture

pytestmark = pytest.mark.usefixtures("home")

ENTER, LEAVE = b"\x1b[?1049h", b"\x1b[?1049l"
SHELL = "trap : INT; echo before $(stty -g); {command}; echo after $(stty -g); echo code $?; cat"


def modes(terminal: Terminal) -> list[bytes]:
    """What `stty -g` told before and after."""
    return re.findall(rb"(?:before|after) (\S+)", bytes(terminal.received))


def in_a_shell(*command: str) -> list[str]:
    text = " ".join(("'" + word + "'") for word in (*STUDIO, *command))
    return ["sh", "-c", SHELL.format(command=text)]


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "app.db"
    many_rows(path, 50)
    return path


def test_nothing_moves_when_textual_takes_over(database):
    with Terminal([*STUDIO, str(database)], columns=90, rows=12) as terminal:
        terminal.wait_for("ctrl+p")
        assert terminal.lines()[0].rstrip() == f" studio{' ' * 65}starting   ctrl+p"
        assert terminal.style_at(0, 0).bg == "242a33"
        terminal.wait_for("? keys")
        assert terminal.lines()[0].rstrip().endswith("ctrl+p")


@pytest.mark.parametrize("keys", [b"q", b"jjq"])
def test_the_terminal_is_given_back(database, keys):
    with Terminal(in_a_shell(str(database)), columns=90, rows=12) as terminal:
        terminal.wait_for("ctrl+p")
        terminal.send(keys)
        terminal.wait_for("code")
        before, after = modes(terminal)
        assert before == after
        assert bytes(terminal.received).count(ENTER) == bytes(terminal.received).count(LEAVE) == 1


def test_what_cannot_even_start_says_so_on_the_terminal_as_it_was():
    with Terminal(in_a_shell(" "), columns=90, rows=12) as terminal:
        terminal.wait_for("code")
        assert "no database given" in terminal.text()
        before, after = modes(terminal)
        assert before == after


def test_ctrl_c_before_textual_is_there_ends_it():
    slow = "import time; from studio.ui.startup.first_frame import FirstFrame as F; "
    slow += "paint = F.paint; "
    slow += "F.paint = lambda *given: (paint(*given), time.sleep(60)); "
    run = f"{slow}from studio.cli.main import run; run()"
    command = f"'{sys.executable}' -c '{run}' x.db"
    with Terminal(["sh", "-c", SHELL.format(command=command)], columns=90, rows=12) as terminal:
        terminal.wait_for("ctrl+p")
        terminal.send(b"\x1a\x03")
        terminal.wait_for("code")
        before, after = modes(terminal)
        assert before == after


def test_without_a_terminal_nothing_is_painted():
    assert frame_here({**os.environ, "TERM": "dumb"}) is None
