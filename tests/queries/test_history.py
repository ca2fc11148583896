"""What ran is kept for its owner alone, within bounds, and never at the cost of anything."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from threading import Thread

import pytest

from studio.config import paths
from studio.queries import history as history_module
from studio.queries.history import Ran, StatementHistory
from studio.sqltext.syntax import POSTGRESQL


@pytest.fixture(autouse=True)
def own_state(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def history(connection="a.db", **more):
    return StatementHistory(connection, POSTGRESQL, **more)


def ran(sql, **more):
    return replace(Ran("2026-01-01T00:00:00+00:00", sql, 1.5, 3, tab="query 1"), **more)


def texts(of):
    return [entry.sql for entry in of.entries()]


def test_it_is_per_connection_private_and_newest_first():
    here, there = history(), history("postgresql://me@host/db")
    here.add_all([ran("SELECT 1"), ran("SELECT 'ü\n\ud800'"), ran("SELECT 1", ms=9.0)])
    assert [(e.sql, e.ms, e.tab) for e in here.entries()] == [
        ("SELECT 1", 9.0, "query 1"),
        ("SELECT 'ü\n?'", 1.5, "query 1"),
    ]
    assert there.entries() == ()
    (file,) = paths.state_folder().glob("history/*")
    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0


def test_a_secret_never_reaches_the_file_nor_what_was_said_of_it():
    here = history()
    here.add_all([ran("ALTER ROLE me PASSWORD 'hush'", error="role me cannot have hush")])
    (entry,) = here.entries()
    assert (entry.sql, entry.error, entry.is_cut) == (
        "ALTER ROLE me PASSWORD <secret>",
        "failed",
        True,
    )
    (file,) = paths.state_folder().glob("history/*")
    assert b"hush" not in file.read_bytes()


def test_a_file_of_an_earlier_studio_is_taken_over():
    here = history()
    here.add_all([ran("UPDATE t SET v = 1")])
    (path,) = paths.state_folder().glob("history/*")
    with closing(sqlite3.connect(path)) as file:
        file.executescript("ALTER TABLE ran DROP COLUMN undone; PRAGMA user_version = 0")
    here.add_all([ran("UPDATE t SET v = 2", is_undone=True)])
    assert [(e.sql, e.is_undone) for e in history().entries()] == [
        ("UPDATE t SET v = 2", True),
        ("UPDATE t SET v = 1", False),
    ]


def test_nothing_is_written_where_it_is_off():
    here = history(keeps=False)
    here.add_all([ran("SELECT 1")])
    assert here.entries() == ()
    assert not list(paths.state_folder().glob("history/*"))


def test_the_oldest_without_a_star_go(monkeypatch):
    monkeypatch.setattr(history_module, "MOST_KEPT", 10)
    here = history()
    here.add_all([ran("SELECT 'starred'")])
    here.star("SELECT 'starred'", on=True)
    here.add_all([ran(f"SELECT {n}") for n in range(100)])
    assert texts(here) == [*(f"SELECT {n}" for n in range(99, 89, -1)), "SELECT 'starred'"]
    assert [e.is_starred for e in here.entries()].count(True) == 1
    # A star is of the statement: it stays with what runs again.
    here.add_all([ran("SELECT 'starred'")])
    assert here.entries()[0].is_starred
    here.star("SELECT 'starred'", on=False)
    assert not here.entries()[0].is_starred


def test_their_bytes_are_bounded_too(monkeypatch):
    monkeypatch.setattr(history_module, "MOST_BYTES", 100)
    here = history()
    here.add_all([ran(f"SELECT {n} /* {'é' * 15} */") for n in range(60)])
    assert len(here.entries()) == 2


def test_deleted_is_gone_from_the_file():
    here = history()
    here.add_all([ran("SELECT 'forgotten'"), ran("SELECT 2"), ran("SELECT 'forgotten'")])
    here.delete("SELECT 'forgotten'")
    assert texts(here) == ["SELECT 2"]
    (file,) = paths.state_folder().glob("history/*.db")
    assert b"forgotten" not in file.read_bytes()


@pytest.mark.parametrize("what", ["garbage", "foreign", "folder", "locked"])
def test_a_file_that_cannot_be_used_is_said_and_left_alone(monkeypatch, what):
    monkeypatch.setattr(history_module, "_WAITS_S", 0.01)
    here = history()
    here.add_all([ran("SELECT 1")])
    assert not here.fault
    (file,) = paths.state_folder().glob("history/*")
    if what == "locked":
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            here.add_all([ran("SELECT 2")])
            assert here.entries() == ()
            assert "locked" in here.fault
        here.add_all([ran("SELECT 3")])
        assert not here.fault
        assert texts(here) == ["SELECT 3", "SELECT 1"]
        return
    file.unlink()
    if what == "garbage":
        file.write_bytes(b"not a database, and longer than its header would be" * 9)
    elif what == "folder":
        file.mkdir()
    else:
        with closing(sqlite3.connect(file)) as other:
            other.execute("CREATE TABLE ran (mine)")
    before = None if what == "folder" else file.read_bytes()
    here.add_all([ran("SELECT 2")])
    assert here.fault
    assert here.entries() == ()
    assert before is None or file.read_bytes() == before


def test_two_studios_write_at_once():
    both = [history(), history()]

    def write(number):
        for n in range(20):
            both[number].add_all([ran(f"SELECT {number}, {n}")])

    threads = [Thread(target=write, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not both[0].fault
    assert len(texts(history())) == 40
