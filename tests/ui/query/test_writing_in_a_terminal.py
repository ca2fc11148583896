"""A query from its first letter to a saved file, in a real terminal of 80×24."""

import re
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest

from studio.ui.widgets.dialog import SEEN_S
from tests.terminal import ARRIVES_S, Terminal

STUDIO = [sys.executable, "-m", "studio"]


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A database in an empty folder, and an empty home."""
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, tier TEXT)")
        connection.executemany(
            "INSERT INTO customers (name, tier) VALUES (?, ?)",
            [("Ada", "gold"), ("Bob", "basic"), ("Cyd", "basic")],
        )
    return path


VALUES = "Values for its parameters"


def answer(terminal, question):
    """Enter until the question is gone: one that comes before it was seen is no answer."""
    give_up = time.monotonic() + ARRIVES_S
    while question in terminal.text():
        assert time.monotonic() < give_up, terminal.text()
        terminal.settle(2 * SEEN_S)
        terminal.press("enter", settle_s=2 * SEEN_S)


def test_it_is_written_with_completion_mended_given_values_found_again_and_saved(shop):
    with Terminal([*STUDIO, str(shop)], columns=80, rows=24) as terminal:
        terminal.wait_for("row 1 of")
        terminal.press("T")
        terminal.wait_for("ctrl+r runs")
        # Written: the list offers, tab takes.
        terminal.send(b"select name from cust")
        terminal.wait_for("tab takes")
        terminal.press("tab")
        terminal.wait_for("select name from customers")
        # Run: what is wrong is said, and the cursor is at its place.
        terminal.send(b" where tire = :tier")
        terminal.wait_for("tire = :tier")
        terminal.press("ctrl+r")
        terminal.wait_for(VALUES)
        terminal.send(b"gold")
        terminal.wait_for("gold")
        answer(terminal, VALUES)
        terminal.wait_for("no such column: tire")
        terminal.wait_for("line 1, column 34")
        # Mended: found and replaced.
        terminal.press("ctrl+f")
        terminal.wait_for("regular expression off")
        terminal.send(b"tire")
        terminal.wait_for("1 of 1")
        terminal.send(b"\ttier")
        terminal.wait_for(re.compile(r"replace +tier"))
        terminal.press("enter")
        terminal.wait_for("where tier = :tier")
        terminal.press("escape")
        terminal.wait_for("explain")
        # Its value is remembered; another one is given by a key.
        terminal.press("ctrl+r")
        terminal.wait_for("1 row ·")
        terminal.wait_for("Ada")
        terminal.press("f8")
        terminal.wait_for(VALUES)
        terminal.press("ctrl+u")
        terminal.send(b"basic")
        terminal.wait_for("basic")
        answer(terminal, VALUES)
        terminal.wait_for("with tier = basic")
        terminal.press("ctrl+r")
        terminal.wait_for("2 rows ·")
        # Laid out, and saved under a name.
        terminal.press("f7")
        terminal.wait_for("laid out")
        terminal.press("ctrl+p")
        terminal.send(b"save the text as a query")
        terminal.wait_for("Save the text as a query with")
        terminal.press("enter")
        terminal.wait_for("a query called")
        terminal.send(b"by-tier")
        terminal.wait_for("by-tier")
        answer(terminal, "a query called")
        terminal.wait_for("saved as")
        # The history has both, and one is taken back.
        terminal.press("ctrl+l")
        terminal.wait_for("failed  select name")
        terminal.send(b"tire")
        terminal.settle(2 * SEEN_S)
        terminal.press("enter")
        terminal.wait_for(re.compile(r"(?m)^ *\d+  select name from customers where tire"))
    saved = shop.parent / "home" / ".config" / "studio" / "queries" / "by-tier.sql"
    assert saved.read_text() == "select\n  name\nfrom customers\nwhere\n  tier = :tier"
    command = [*STUDIO, "query", str(shop), "--saved", "by-tier", "--param", "tier=gold"]
    told = subprocess.run([*command, "--format", "csv"], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["name", "Ada"]
