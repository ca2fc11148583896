"""What the terminal shows after it was suspended, stalled, resized, or lent."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.terminal import Terminal
from tests.ui.terminal.states import COLUMNS, ROWS, Place, sqlite_place
from tests.ui.terminal.ways import before_shell, in_tmux

ALT_ON, ALT_OFF = b"\x1b[?1049h", b"\x1b[?1049l"
_COMES_S = 60


@pytest.fixture
def place(tmp_path) -> Place:
    return sqlite_place(tmp_path)


def opened(place: Place, command: list[str] | None = None, **env: str) -> Terminal:
    return Terminal(
        command or place.command, columns=COLUMNS, rows=ROWS, env={**place.environment, **env}
    )


def ready(terminal: Terminal) -> str:
    """What it shows when nothing moves any more."""
    terminal.wait_for("row 1 of 3", timeout_s=_COMES_S)
    terminal.wait_for("? keys", timeout_s=_COMES_S)
    before = ""
    while before != (shown := terminal.text()):
        before = shown
        terminal.settle(0.5)
    return shown


def shows(shown: str):
    return lambda terminal: terminal.text() == shown


def job_of(terminal: Terminal) -> int:
    """The job of the shell in it."""
    (job,) = Path(f"/proc/{terminal.pid}/task/{terminal.pid}/children").read_text().split()
    return int(job)


def stopped(process: int) -> bool:
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "T"


@pytest.mark.parametrize("number", [signal.SIGTSTP, signal.SIGSTOP])
def test_everything_is_drawn_anew_when_it_goes_on(place, number):
    with opened(place, before_shell(place.command, "read -r; fg")) as terminal:
        shown = ready(terminal)
        studio = job_of(terminal)
        os.kill(studio, number)
        terminal.wait_for(lambda _: stopped(studio), timeout_s=_COMES_S)
        terminal.settle()
        # What a shell does meanwhile.
        terminal._screen.reset()
        terminal.send(b"\r")
        terminal.wait_for(shows(shown), timeout_s=_COMES_S)
        terminal.press("down")
        terminal.wait_for("row 2 of 3", timeout_s=_COMES_S)
        assert terminal.received.count(ALT_ON) == terminal.received.count(ALT_OFF) + 1
        readers = Path(f"/proc/{studio}/task").glob("*/comm")
        assert [path.read_text() for path in readers].count("textual-input\n") <= 1


def test_ctrl_z_where_no_shell_could_let_it_go_on_stops_nothing(place):
    with opened(place) as terminal:
        shown = ready(terminal)
        terminal.press("ctrl+z")
        terminal.wait_for(
            lambda t: t.received.count(ALT_ON) == 2 and shows(shown)(t), timeout_s=_COMES_S
        )
        assert not stopped(terminal.pid)
        terminal.press("down")
        terminal.wait_for("row 2 of 3", timeout_s=_COMES_S)


def test_ctrl_z_and_fg_draw_everything_in_tmux(place, tmp_path):
    socket = tmp_path / "tmux"
    command = in_tmux(["bash", "--norc", "--noprofile", "-i"], socket)
    try:
        with opened(place, command, PS1="$ ", TMUX="") as terminal:
            terminal.wait_for("$", timeout_s=_COMES_S)
            terminal.send(" ".join(place.command).encode() + b"\r")
            shown = ready(terminal)
            terminal.press("ctrl+z")
            terminal.wait_for("Stopped", timeout_s=_COMES_S)
            terminal.send(b"fg\r")
            terminal.wait_for(shows(shown), timeout_s=_COMES_S)
            terminal.press("down")
            terminal.wait_for("row 2 of 3", timeout_s=_COMES_S)
    finally:
        subprocess.run(["tmux", "-S", str(socket), "kill-server"], check=False, capture_output=True)


def drawn_unread(terminal: Terminal, seconds: float) -> None:
    """Let it draw all it has again and again, and read none of it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for size in ((90, 28), (COLUMNS, ROWS)):
            terminal.resize(*size)
            time.sleep(0.02)


def test_a_terminal_that_reads_again_shows_what_is_and_nothing_was_kept_for_it(place):
    with opened(place) as terminal:
        ready(terminal)
        # Not reading for a while is what it is about: nothing else tells that it goes on.
        drawn_unread(terminal, 1)
        before = terminal.rss_bytes()
        drawn_unread(terminal, 3)
        os.write(terminal._master, b"\x1b[B\x1b[B")
        grown = terminal.rss_bytes() - before
        assert grown < 10_000_000
        terminal.wait_for("row 3 of 3", timeout_s=_COMES_S)
        shown = ready_at(terminal, "row 3 of 3")
        terminal.resize(COLUMNS - 1, ROWS)
        terminal.settle(0.5)
        terminal.resize(COLUMNS, ROWS)
        terminal.wait_for(shows(shown), timeout_s=_COMES_S)


def ready_at(terminal: Terminal, text: str) -> str:
    terminal.wait_for(text, timeout_s=_COMES_S)
    terminal.settle(1.0)
    return terminal.text()


@pytest.mark.parametrize("size", [(60, 20), (140, 40)])
def test_the_terminals_own_size_counts(place, size):
    with opened(place, COLUMNS=str(COLUMNS), LINES=str(ROWS)) as terminal:
        ready(terminal)
        terminal.resize(*size)
        terminal.wait_for(
            lambda t: t.lines()[-1].strip() != "" and "ctrl+p" in t.lines()[0], timeout_s=_COMES_S
        )
        assert terminal.column_of("ctrl+p", 0) > size[0] - 10


def test_a_terminal_that_says_its_size_again_is_drawn_anew(place):
    # It was smaller for a moment, and what was cut off is gone; or it is shown elsewhere now.
    with opened(place) as terminal:
        shown = ready(terminal)
        terminal._screen.reset()
        os.kill(terminal.pid, signal.SIGWINCH)
        terminal.wait_for(shows(shown), timeout_s=_COMES_S)


def test_a_terminal_without_a_size_is_as_large_as_the_variables_say(place):
    env = {**place.environment, "COLUMNS": "90", "LINES": "20"}
    with Terminal(place.command, columns=0, rows=0, env=env) as terminal:
        terminal._screen.resize(20, 90)
        ready(terminal)
        assert terminal.column_of("ctrl+p", 0) > 80
        assert terminal.lines()[19].strip()


def test_ctrl_c_in_the_editor_is_the_editors(place, tmp_path):
    seen = tmp_path / "seen"
    script = tmp_path / "asks.py"
    script.write_text(
        "import pathlib, sys\n"
        "try:\n    print('mine', flush=True)\n    sys.stdin.read()\nexcept KeyboardInterrupt:\n"
        f"    pathlib.Path({str(seen)!r}).write_text('interrupted')\n"
    )
    with opened(place, VISUAL=f"{sys.executable} {script}") as terminal:
        ready(terminal)
        terminal.press("T")
        terminal.wait_for("ctrl+r", timeout_s=_COMES_S)
        terminal.press("ctrl+g")
        terminal.wait_for("mine", timeout_s=_COMES_S)
        terminal.press("ctrl+c")
        # The tab stands on the screen all the time: a program that ends is what tells.
        terminal.wait_for(
            lambda t: t.received.count(ALT_ON) == 2 and seen.exists(), timeout_s=_COMES_S
        )
        assert seen.read_text() == "interrupted"
        assert terminal.exit_code() is None
