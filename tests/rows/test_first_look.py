"""The helper process that reads the first rows: a fork, so each is made by a process of its own."""

import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.backends.sqlite import situations

LOOK = """
import sys
from studio.db.url import parse
from studio.rows.first_rows import process
# What it sees is asked here, not how soon: a busy machine may take longer than is worth waiting.
process._WAIT_S = process._LIFE_S = 50
looking = process.start(parse(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None, 3)
look = looking.result()
print(None if look is None else (look.table.ref.name, look.page.rows, look.page.more))
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "app.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT)")
        connection.execute("CREATE TABLE b (x)")
        connection.executemany("INSERT INTO a VALUES (?, ?)", [(n, f"n{n}") for n in range(5)])
        connection.execute("INSERT INTO b VALUES (NULL)")
    return path


def run(script: str, *arguments: object) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout.strip()


def runs(process: int) -> bool:
    """Whether it is there, and not only waiting for somebody to hear of its end."""
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def test_it_sees_the_first_rows_of_the_first_table_or_of_the_one_asked_for(database: Path):
    before = sorted((p.name, p.stat().st_mtime_ns) for p in database.parent.iterdir())
    assert run(LOOK, database) == "('a', ((0, 'n0'), (1, 'n1'), (2, 'n2')), True)"
    assert run(LOOK, database, "b") == "('b', ((None,),), False)"
    assert sorted((p.name, p.stat().st_mtime_ns) for p in database.parent.iterdir()) == before


@pytest.mark.parametrize("content", [None, b"this is no database, though long enough" * 9])
def test_what_cannot_be_looked_at_is_no_look_without_a_word(tmp_path: Path, content: bytes | None):
    path = tmp_path / "x.db"
    if content is not None:
        path.write_bytes(content)
    assert run(LOOK, path) == "None"
    assert path.exists() == (content is not None)


def test_what_needs_a_private_copy_is_left_to_who_will_keep_it(tmp_path: Path, monkeypatch):
    copies = tmp_path / "copies"
    copies.mkdir()
    monkeypatch.setenv("TMPDIR", str(copies))
    situations.hot_journal(tmp_path / "hot.db")
    assert run(LOOK, tmp_path / "hot.db") == "None"
    assert list(copies.iterdir()) == []


def test_a_look_that_is_not_wanted_any_more_is_ended_and_leaves_no_process(database: Path):
    script = """
import os, sys
from studio.db.url import parse
from studio.rows.first_rows.process import start
looking = start(parse(sys.argv[1]), None, 3)
looking.stop()
looking.stop()
try:
    os.waitpid(-1, 0)
except ChildProcessError:
    print("alone")
"""
    assert run(script, database) == "alone"


def test_a_look_that_dies_or_takes_too_long_is_no_look(database: Path):
    script = """
import sys, time, os
import studio.rows.first_rows.child as page
from studio.db.url import parse
from studio.rows.first_rows import process
process._WAIT_S = 0.2
page.answer = {"dies": lambda *_: os.kill(os.getpid(), 9), "sleeps": lambda *_: time.sleep(60),
               "half": lambda *given: (given[3].write(b"half"), given[3].flush(), os._exit(1))}[
    sys.argv[2]]
started = time.monotonic()
print(process.start(parse(sys.argv[1]), None, 3).result(), time.monotonic() - started < 30)
"""
    for how in ("dies", "sleeps", "half"):
        assert run(script, database, how) == "None True"


def test_a_look_ends_by_itself_when_its_parent_was_killed(database: Path):
    script = """
import os, sys, time
import studio.rows.first_rows.child as page
from studio.db.url import parse
from studio.rows.first_rows import process
process._LIFE_S = 5
hearing, telling = os.pipe()
def hang(*given):
    os.write(telling, f"{os.getpid()}".encode())
    time.sleep(60)
page.answer = hang
process.start(parse(sys.argv[1]), None, 3)
print(os.read(hearing, 100).decode(), flush=True)
os.kill(os.getpid(), 9)
"""
    killed = subprocess.run(
        [sys.executable, "-c", script, str(database)], capture_output=True, timeout=60, check=False
    )
    look = int(killed.stdout)
    deadline = time.monotonic() + 20
    while runs(look) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not runs(look)


def test_nothing_of_it_reaches_the_terminal(database: Path):
    script = """
import sys
import studio.rows.first_rows.child as page
from studio.db.url import parse
from studio.rows.first_rows.process import start
def shout(*given):
    print("out"), print("err", file=sys.stderr), sys.stdin.read()
    return False
page.answer = shout
print(start(parse(sys.argv[1]), None, 3).result())
"""
    assert run(script, database) == "None"
    assert [path.name for path in database.parent.iterdir()] == ["app.db"]
