"""Query and plan in a real terminal: keys as ssh sends them, and another editor meanwhile."""

import os
import signal
import sqlite3
import sys
import time

import pytest

from studio.ui.widgets.dialog import SEEN_S
from tests.patience import IN_VAIN_S
from tests.postgres import run_sql
from tests.terminal import Terminal

STUDIO = [sys.executable, "-m", "studio"]
SQL = "SELECT kind, count(*) AS many FROM events GROUP BY kind"


@pytest.fixture
def events(tmp_path, monkeypatch):
    """A database, an empty home, and an editor that appends a line."""
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nprintf \'%s\' "SELECT 6 * 7 AS answer" > "$1"\n')
    editor.chmod(0o755)
    monkeypatch.setenv("VISUAL", str(editor))
    path = tmp_path / "events.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("CREATE TABLE events (id INTEGER PRIMARY KEY, kind TEXT)")
    connection.execute("INSERT INTO events (kind) VALUES ('login'), ('login'), ('logout')")
    connection.close()
    return path


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (160, 45)])
def test_a_query_runs_is_explained_measured_and_edited_elsewhere(events, columns, rows):
    command = [*STUDIO, str(events), "--query", SQL]
    with Terminal(command, columns=columns, rows=rows) as terminal:
        terminal.wait_for("many FROM events", timeout_s=30)
        terminal.press("ctrl+r")
        terminal.wait_for("2 rows ·", timeout_s=20)
        terminal.wait_for("logout")
        terminal.press("ctrl+e")
        terminal.wait_for("not executed", timeout_s=20)
        terminal.wait_for("SCAN events")
        terminal.press("ctrl+e")
        terminal.wait_for("best run", timeout_s=20)
        terminal.press("backspace")
        terminal.wait_for("2 rows ·", timeout_s=20)
        terminal.press("ctrl+g")
        terminal.wait_for("AS answer", timeout_s=20)
        terminal.press("ctrl+r")
        terminal.wait_for("1 row ·", timeout_s=20)
        assert any("42" in line for line in terminal.lines())


def test_what_is_typed_in_one_go_with_t_goes_into_the_new_tab(events):
    with Terminal([*STUDIO, str(events)], columns=80, rows=24) as terminal:
        terminal.wait_for("row 1 of", timeout_s=30)
        terminal.send(b"Tselect 'de'")
        terminal.wait_for("select 'de'", timeout_s=10)
        assert "staged" not in terminal.text()


def test_the_server_ends_a_commit_question_of_a_studio_that_stands_still(events, postgres):
    run_sql(postgres, "CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1)")
    config = events.parent / "home" / ".config" / "studio"
    config.mkdir(parents=True)
    (config / "config.toml").write_text("commit_wait_s = 5\n")
    held = (
        "SELECT pid FROM pg_stat_activity WHERE state = 'idle in transaction'"
        " AND datname = current_database()"
    )
    command = [*STUDIO, postgres, "--query", "DELETE FROM t"]
    with Terminal(command, columns=100, rows=30) as terminal:
        terminal.wait_for("DELETE FROM t", timeout_s=30)
        terminal.press("ctrl+r")
        terminal.wait_for("run it", timeout_s=20)
        terminal.settle(2 * SEEN_S)
        terminal.press("y")
        terminal.wait_for("rolls back by itself", timeout_s=20)
        os.kill(terminal.pid, signal.SIGSTOP)
        try:
            assert run_sql(postgres, held)
            give_up = time.monotonic() + IN_VAIN_S
            while run_sql(postgres, held):
                assert time.monotonic() < give_up, "the transaction is still open"
            run_sql(postgres, "SET lock_timeout = '1s'", "TRUNCATE t", "INSERT INTO t VALUES (2)")
        finally:
            os.kill(terminal.pid, signal.SIGCONT)
        terminal.press("y")
        terminal.wait_for("ended the connection", timeout_s=20)
        assert run_sql(postgres, "SELECT id FROM t") == [(2,)]


SCRIPT = "INSERT INTO t VALUES (2, 'two');\nSELECT id, v FORM t;\nSELECT 3 AS three;"


def test_a_script_fails_a_transaction_has_its_net_a_stop_stops_and_rows_are_drawn(events, postgres):
    run_sql(
        postgres, "CREATE TABLE t (id int PRIMARY KEY, v text)", "INSERT INTO t VALUES (1, 'a')"
    )
    with Terminal([*STUDIO, postgres, "--query", SCRIPT], columns=80, rows=24) as terminal:

        def types(text):
            """In place of what stands there, and run."""
            terminal.press("up", "up", "up", "home")
            terminal.send(b"\x0b" * 8)
            terminal.send(text.encode())
            terminal.wait_for(text[-20:])
            terminal.press("ctrl+r")

        terminal.wait_for("SELECT 3 AS three", timeout_s=60)
        terminal.press("tab")
        terminal.press("A")
        terminal.wait_for("Run 3 statements on")
        terminal.settle(2 * SEEN_S)
        terminal.press("enter")
        terminal.wait_for("1 of 3 ran, 1 failed, 1 not run")
        terminal.wait_for("1 insert 1 │ 2 ✗ │ 3 –")
        terminal.wait_for("column 19 of line 2")
        assert run_sql(postgres, "SELECT count(*) FROM t") == [(2,)]
        terminal.wait_for("enter go there")
        terminal.press("escape")
        terminal.wait_for("ctrl+n complete")
        terminal.press("ctrl+t")
        terminal.wait_for("tx manual")
        types("INSERT INTO t VALUES (3, 'x') -- first")
        terminal.wait_for("· 1 change")
        types("INSERT INTO t VALUES (3, 'y') -- again")
        terminal.wait_for("undone by itself · the transaction goes on")
        types("SELECT pg_sleep(60), 'slept'")
        terminal.wait_for("running SELECT pg_sleep")
        terminal.press("escape")
        terminal.wait_for("the transaction is open as before,")
        terminal.wait_for(" with 1 change")
        assert run_sql(postgres, "SELECT count(*) FROM t") == [(2,)]
        types("SELECT id, id * 10 AS many FROM t")
        terminal.wait_for("3 rows ·")
        terminal.press("tab")
        terminal.press("v")
        terminal.wait_for("many (integer) by id (integer)")
        terminal.wait_for("█ 30")
        terminal.press("escape")
        terminal.wait_for("R again")
        terminal.press("ctrl+t")
        terminal.wait_for("c commit")
        terminal.settle(2 * SEEN_S)
        terminal.press("c")
        terminal.wait_for("COMMIT")
        terminal.wait_for("tx manual  ")
        assert run_sql(postgres, "SELECT v FROM t ORDER BY id")[-1] == ("x",)
