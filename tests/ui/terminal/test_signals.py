"""However the program is told to end, the terminal is left as it was found."""

import os
import signal

import pytest

from tests.terminal import Terminal
from tests.ui.terminal.ways import before_shell
from tests.ui.test_in_a_terminal import STUDIO, home, many_rows  # noqa: F401 a fixture

LEAVES = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l")
"""Alternate screen off, cursor on, mouse off."""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_it_cleanly_and_the_exit_code_says_so(home, tmp_path, number):  # noqa: F811
    path = tmp_path / "app.db"
    many_rows(path, 50)
    with Terminal([*STUDIO, str(path)], columns=100, rows=30) as terminal:
        terminal.wait_for("row 1 of")
        before = len(terminal.received)
        os.kill(terminal.pid, number)
        assert terminal.wait_exit() == 128 + number
        for sequence in LEAVES:
            assert sequence in terminal.received[before:]


def test_ctrl_z_goes_to_the_shell_and_comes_back(home, tmp_path):  # noqa: F811
    path = tmp_path / "app.db"
    many_rows(path, 50)
    # "went": said by the shell, and nowhere in what the shell is told.
    command = before_shell([*STUDIO, str(path)], "echo we''nt; read -r; fg")
    with Terminal(command, columns=100, rows=30) as terminal:
        terminal.wait_for("row 1 of")
        before = len(terminal.received)
        terminal.press("ctrl+z")
        terminal.wait_for("went")
        assert LEAVES[0] in terminal.received[before:]
        terminal.send(b"\r")
        terminal.wait_for("row 1 of")
        terminal.press("down")
        terminal.wait_for("row 2 of")
        terminal.press("q")
        assert terminal.wait_exit() == 0
