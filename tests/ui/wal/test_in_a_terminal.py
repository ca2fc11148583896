"""The WAL page beside a program that writes, in a real terminal of 80x24, from end to end."""

import re

from tests.terminal import Terminal
from tests.ui.test_in_a_terminal import STUDIO, home
from tests.wal.programs import Program

__all__ = ["home"]


def applied(terminal: Terminal) -> bool:
    """Whether the set is; an answer given before the question was seen counts for nothing."""
    if "1 change in one transaction" in terminal.text():
        terminal.press("enter")
    return "applied: people 1" in terminal.text()


def test_follow_rows_travel_bring_back_and_now(home, tmp_path):
    path = tmp_path / "app.db"
    writer = Program(path)
    writer.sql("PRAGMA journal_mode=wal")
    writer.sql("CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT)")
    writer.sql("INSERT INTO people VALUES (1, 'Ann'), (2, 'Bo')")
    with Terminal([*STUDIO, str(path)], columns=80, rows=24) as terminal:
        terminal.wait_for("row 1 of 2")
        terminal.press("g", "w")
        terminal.wait_for("line 1 of 2 · never checkpoints")
        writer.sql("DELETE FROM people WHERE id = 1")
        terminal.wait_for(re.compile(r"people(?: ×\d)?  \d\d:\d\d:\d\d"))
        terminal.press("home", "enter")
        terminal.wait_for("rows of commit 4")
        terminal.wait_for("× 1  id: 1  name: 'Ann'")
        terminal.press("escape")
        terminal.wait_for(lambda t: "rows of commit" not in t.text())
        terminal.press("down", "v")
        terminal.wait_for("app.db as of commit 3")
        terminal.wait_for("row 1 of 2")
        assert "Ann" in terminal.text()
        terminal.press("g", "n")
        terminal.wait_for("line 2 of 3 · never checkpoints")
        terminal.press("up", "enter")
        terminal.wait_for("× 1  id: 1  name: 'Ann'")
        terminal.press("tab", "down", "b")
        terminal.wait_for("1 change in one transaction")
        terminal.wait_for(applied)
        assert writer.sql("SELECT * FROM people") == [[1, "Ann"], [2, "Bo"]]
        # Its own commit is followed like any other.
        terminal.wait_for("line 2 of 4 · never checkpoints")
        terminal.press("1")
        terminal.wait_for("row 1 of 2")
        terminal.press("q")
        assert terminal.wait_exit() == 0
    assert writer.sql("PRAGMA wal_checkpoint(TRUNCATE)") == [[0, 0, 0]]
    writer.close()
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == ["app.db"]
