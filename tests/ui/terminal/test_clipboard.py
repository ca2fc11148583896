"""Copying from inside tmux, which leaves out what programs send to the clipboard by themselves."""

import os
import shlex
import shutil
import subprocess
import sys

import pytest

from tests.terminal import Terminal

TMUX = shutil.which("tmux")


@pytest.mark.skipif(TMUX is None, reason="needs tmux")
def test_tmux_as_it_comes_takes_and_passes_on_what_is_copied(sqlite_file, tmp_path):
    path = sqlite_file(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)", "INSERT INTO t VALUES (1, 'a☃b')"
    )
    # A socket's path is short, and a test's folder is not.
    socket = f"studio-test-{os.getpid()}"
    studio = shlex.join([sys.executable, "-m", "studio", str(path)])
    tmux = [str(TMUX), "-L", socket, "-f", os.devnull]
    outside = {"TMUX": "", "TMUX_TMPDIR": str(tmp_path)}
    environment = {**os.environ, "TMUX_TMPDIR": str(tmp_path)}
    environment.pop("TMUX", None)
    try:
        with Terminal(
            [*tmux, "new-session", studio], columns=100, rows=24, env=outside
        ) as terminal:
            terminal.wait_for("row 1 of 1")
            terminal.press("right", "y")
            terminal.wait_for("as WHERE")
            terminal.press("y")
            terminal.wait_for("into tmux's buffer")
            shown = subprocess.run(
                [*tmux, "show-buffer"], env=environment, capture_output=True, check=True
            )
            assert shown.stdout.decode() == "a☃b"
            assert b"]52;" in terminal.received  # the terminal around it has it too
    finally:
        subprocess.run([*tmux, "kill-server"], env=environment, check=False)
