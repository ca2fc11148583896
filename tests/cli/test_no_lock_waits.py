"""No lock waits for who reads the output, or answers a question at the terminal."""

import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest

from tests.patience import IN_VAIN_S
from tests.postgres import run_sql
from tests.terminal import Terminal
from tests.wal.programs import Program

STUDIO = [sys.executable, "-m", "studio"]
ROWS = 20_000
"""More than a pipe and its reader's first screen hold."""


@pytest.fixture(params=["wal", "delete"])
def live(request, tmp_path):
    program = Program(tmp_path / "live.db")
    program.sql(f"PRAGMA journal_mode = {request.param}")
    program.sql("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)")
    program.sql(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
        f" INSERT INTO t SELECT i, hex(randomblob(40)) FROM n LIMIT {ROWS}"
    )
    yield tmp_path / "live.db", program
    program.close()


def until(holds) -> None:
    """Wait for a fact, and fail loudly without it."""
    give_up = time.monotonic() + IN_VAIN_S
    while not holds():
        assert time.monotonic() < give_up, "it never came true"
        time.sleep(0.01)


def writes(program: Program) -> bool:
    """The program wrote, and was kept from nothing. It waits for nobody."""
    steps = ("BEGIN IMMEDIATE", "INSERT INTO t (v) VALUES ('meanwhile')", "COMMIT")
    for step in steps:
        if isinstance(program.tell("sql", step), dict):
            program.tell("sql", "ROLLBACK")
            return False
    return True


def stalled(*arguments: object) -> tuple[subprocess.Popen[bytes], bytes]:
    """studio writing into a pipe of which somebody read the first bytes, and then no more."""
    command = [*STUDIO, *map(str, arguments)]
    started = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert started.stdout is not None
    return started, os.read(started.stdout.fileno(), 10)


def finish(started: subprocess.Popen[bytes], first: bytes) -> list[bytes]:
    out, err = started.communicate(timeout=60)
    assert started.returncode == 0, err
    return (first + out).splitlines()


def test_a_reader_who_stops_holds_no_lock_of_a_file(live):
    path, program = live
    started, first = stalled("query", path, "SELECT id, v FROM t", "--format", "csv")
    until(lambda: writes(program))
    lines = finish(started, first)
    assert len(lines) == 1 + ROWS
    assert lines[-1].startswith(b"20000,")


def test_a_reader_who_stops_holds_no_lock_of_a_write(live):
    path, program = live
    sql = "UPDATE t SET v = v || '!' RETURNING id, v"
    started, first = stalled("query", path, sql, "--write", "--format", "csv")
    assert writes(program)
    assert program.sql("SELECT count(*) FROM t WHERE v LIKE '%!'") == [[ROWS]]
    assert len(finish(started, first)) == 1 + ROWS


def is_idle(postgres: str) -> bool:
    return not run_sql(
        postgres,
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND state <> 'idle'",
    )


@pytest.mark.parametrize("write", [False, True])
def test_a_reader_who_stops_holds_no_transaction(postgres, write):
    run_sql(
        postgres,
        f"CREATE TABLE t AS SELECT i AS id, md5(i::text) AS v FROM generate_series(1, {ROWS}) i",
    )
    sql = "UPDATE t SET v = v || '!' RETURNING id, v" if write else "SELECT id, v FROM t"
    more = ["--write"] if write else []
    started, first = stalled("query", postgres, sql, "--format", "csv", *more)
    until(lambda: is_idle(postgres))
    run_sql(postgres, "SET lock_timeout = '1s'", "ALTER TABLE t ADD COLUMN w int")
    assert len(finish(started, first)) == 1 + ROWS


def test_a_reader_who_has_enough_ends_it(live):
    path, _ = live
    started, _ = stalled("query", path, "SELECT id, v FROM t", "--format", "csv")
    assert started.stdout is not None
    started.stdout.close()
    assert started.wait(60) == 0
    assert started.stderr is not None
    assert started.stderr.read() == b""
    started.stderr.close()


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_the_question_of_explain_holds_nothing(request, tmp_path, engine):
    if engine == "sqlite":
        target = str(tmp_path / "live.db")
        with closing(sqlite3.connect(target)) as made:
            made.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)")
    else:
        target = request.getfixturevalue("postgres")
        run_sql(target, "CREATE TABLE t (id serial PRIMARY KEY, v text)")
    with Terminal([*STUDIO, "explain", target, "DELETE FROM t", "--analyze"]) as terminal:
        terminal.wait_for("Run it? [y/N]", timeout_s=30)
        if engine == "sqlite":
            program = Program(target)
            assert writes(program)
            program.close()
        else:
            assert run_sql(
                target,
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid()",
            ) == [(0,)]
        terminal.press("n", "enter")
        terminal.wait_exit()
