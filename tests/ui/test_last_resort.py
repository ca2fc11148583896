"""What nobody foresaw, on the screen: the terminal is as before, and no value is shown anywhere."""

import sqlite3
import sys
import termios
from contextlib import closing
from pathlib import Path

import pytest

from tests.terminal import Terminal

BREAK = """
import sys
import studio.ui.app as app
from studio.cli.main import run

{how}
sys.argv = ["studio", {path!r}]
run()
"""
WORKER = """
from textual import work

async def broken(self):
    value = "hunter2"
    raise LookupError(value)

app.StudioApp.action_palette = work(broken)
"""
HANDLER = """
async def broken(self):
    value = "hunter2"
    raise LookupError(value)

app.StudioApp.action_palette = broken
"""
OUTSIDE = """
real = app.StudioApp.run

def broken(self):
    self.run = None
    sys.__stderr__.write("\\x1b[?1049h\\x1b[?1000h\\x1b[?25lup")
    sys.__stderr__.flush()
    import tty; tty.setraw(0)
    value = "hunter2"
    raise LookupError(value)

app.StudioApp.run = broken
"""
LEAVES = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l")


@pytest.mark.parametrize("how", [WORKER, HANDLER, OUTSIDE], ids=["worker", "handler", "outside"])
def test_a_crash_leaves_the_terminal_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")
    # In a file: Textual looks at the source of an app.
    program = tmp_path / "program.py"
    program.write_text(BREAK.format(how=how, path=str(path)))
    with Terminal([sys.executable, str(program)], columns=200, rows=24) as terminal:
        before = termios.tcgetattr(terminal._master)
        if how is not OUTSIDE:
            terminal.wait_for("no rows", timeout_s=60)
            terminal.press("ctrl+p")
        assert terminal.wait_exit(timeout_s=60) == 70
        received = bytes(terminal.received)
        assert termios.tcgetattr(terminal._master)[3] == before[3]
    (report,) = (tmp_path / "state" / "studio" / "reports").iterdir()
    assert "LookupError" in report.read_text()
    for place in ("Traceback", "hunter2"):
        assert place.encode() not in received
        assert place not in report.read_text()
    said = received.rindex(b"went wrong inside studio (LookupError)")
    for sequence in LEAVES:
        assert received.index(sequence) < said
    assert report.name.encode() in received[said:]
