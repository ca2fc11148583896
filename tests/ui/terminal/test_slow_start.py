"""A start that takes long: what is there can be read and left, and what is not there is said."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.terminal import Terminal

WAITS = """
import asyncio, sys, time
from pathlib import Path
from studio.ui.startup import connector
from studio.ui.shell import tab_opener
go, begin = Path(sys.argv.pop(1)), connector.begin
def wait():
    while not go.exists():
        time.sleep(0.01)
def slow(target):
    wait()
    begin(target)
connector.begin = slow
query = tab_opener.TabOpener._open_query
def late(self, given=None):
    go.with_suffix(".asked").touch()
    while not go.with_suffix(".query").exists():
        time.sleep(0.01)
    query(self, given)
tab_opener.TabOpener._open_query = late
from studio.cli.main import main
sys.exit(main(sys.argv[1:]))
"""
"""Connects when a file is there, and makes a query tab when another is."""


@pytest.fixture
def go(tmp_path) -> Path:
    return tmp_path / "go"


@pytest.fixture
def studio(sqlite_file, tmp_path, go) -> Iterator[Terminal]:
    """studio with the first of 300 rows on the screen, and no connection before `go` is there."""
    path = sqlite_file(
        "create table t (id integer primary key, word text)",
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 300) "
        "insert into t select i, 'word ' || i from n",
    )
    words = [sys.executable, "-c", WAITS, str(go), str(path), "--table", "t"]
    env = {f"XDG_{name}_HOME": str(tmp_path / name) for name in ("STATE", "CONFIG", "DATA")}
    with Terminal(words, columns=100, rows=20, env=env) as terminal:
        terminal.wait_for("word 1")
        yield terminal
        go.touch()


def test_it_says_what_is_still_loading_and_moves_work(studio, go):
    studio.wait_for(lambda t: "connecting" in t.lines()[0])
    studio.press("pagedown", "down", "down")
    studio.wait_for(lambda t: "word 20" in t.text() and "word 2 " not in t.text())
    at = next(row for row, line in enumerate(studio.lines()) if "word 20" in line)
    shown = [line.strip() for line in studio.lines()[at : at + 1]]
    assert "connecting" in studio.lines()[0]
    go.touch()
    studio.wait_for(r"of 300")
    studio.wait_for(lambda t: "row 1 of" not in t.lines()[-1] and "row " in t.lines()[-1])
    assert "connecting" not in studio.lines()[0]
    studio.wait_for(lambda t: shown[0] in t.text())


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
def test_it_can_be_left(studio, go, key):
    studio.wait_for(lambda t: "connecting" in t.lines()[0])
    studio.press(key)
    studio.wait_for(lambda t: b"\x1b[?1049l" in t.received)
    go.touch()
    assert studio.wait_exit(60) == 0


def test_a_query_tab_is_named_before_it_is_made(studio, go):
    go.touch()
    studio.wait_for("row 1 of 300")
    studio.press("T", "select 40 + 2 as it", "ctrl+r")
    studio.wait_for(lambda t: go.with_suffix(".asked").exists())
    studio.wait_for("2 query")
    go.with_suffix(".query").touch()
    studio.wait_for("2 query 1")
    studio.wait_for("1 row ·")
    assert "select 40 + 2 as it" in studio.text()


def test_a_query_tab_is_named_before_there_is_a_connection(studio, go):
    studio.press("T", "select 40 + 2 as it")
    studio.wait_for("2 query")
    go.with_suffix(".query").touch()
    go.touch()
    studio.wait_for("select 40 + 2 as it")
