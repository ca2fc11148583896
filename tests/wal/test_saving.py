"""A state as a file of its own: whole, of one moment, and under its name only then."""

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from studio.wal import saving
from studio.wal.history import opened
from studio.wal.saving import save_state
from studio.wal.states import UnreadableDatabase
from tests.wal.programs import Program, glance


@pytest.fixture
def writer(tmp_path: Path):
    (tmp_path / "live").mkdir()
    program = Program(tmp_path / "live/app.db")
    program.sql("PRAGMA journal_mode=wal")
    program.sql("PRAGMA wal_autocheckpoint=0")
    program.sql("CREATE TABLE t (id INTEGER PRIMARY KEY, body TEXT)")
    program.sql("CREATE TABLE u (id INTEGER PRIMARY KEY)")
    program.sql("PRAGMA wal_checkpoint(TRUNCATE)")
    program.sql("INSERT INTO t VALUES (1, 'first')")
    program.sql("INSERT INTO u VALUES (2)")
    yield program
    program.close()


def live(folder: Path) -> Path:
    return folder / "live/app.db"


def first_commit(path: Path) -> int:
    with opened(path) as history:
        return history.commits[0].last_frame


def rows(path: Path, table: str = "t") -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        (found,) = connection.execute("PRAGMA integrity_check").fetchone()
        assert found == "ok"
        return connection.execute(f"SELECT * FROM {table} ORDER BY id").fetchall()


@pytest.mark.parametrize("is_nameless", [True, False])
def test_a_state_is_written_beside_a_writer(tmp_path, writer, monkeypatch, is_nameless):
    if not is_nameless:
        monkeypatch.setattr(saving, "_OPEN_FILES", "/nowhere")
    before = glance(tmp_path / "live")
    output = tmp_path / "then.db"
    old = os.umask(0o027)
    try:
        told = []
        found = save_state(
            live(tmp_path), first_commit(live(tmp_path)), output, lambda *how: told.append(how)
        )
    finally:
        os.umask(old)
    assert rows(output) == [(1, "first")]
    assert found == {"bytes": output.stat().st_size}
    assert told[-1][1] == output.stat().st_size
    assert stat.S_IMODE(output.stat().st_mode) == 0o640
    assert glance(tmp_path / "live") == before
    assert {path.name for path in tmp_path.iterdir()} == {"live", "then.db"}


@pytest.mark.parametrize("is_nameless", [True, False])
def test_a_checkpoint_meanwhile_leaves_no_file_of_two_moments(
    tmp_path, writer, monkeypatch, is_nameless
):
    if not is_nameless:
        monkeypatch.setattr(saving, "_OPEN_FILES", "/nowhere")
    output = tmp_path / "then.db"

    def checkpoint(_done: int, _total: int) -> None:
        writer.sql("PRAGMA wal_checkpoint(PASSIVE)")

    with pytest.raises(UnreadableDatabase, match="cannot be rebuilt"):
        save_state(live(tmp_path), first_commit(live(tmp_path)), output, checkpoint)
    assert {path.name for path in tmp_path.iterdir()} == {"live"}


def test_what_was_read_before_a_checkpoint_is_read_again(tmp_path, writer):
    output = tmp_path / "then.db"
    path = live(tmp_path)
    with opened(path) as history:
        newest = history.commits[-1].last_frame
    seen = []

    def once(_done: int, _total: int) -> None:
        if not seen:
            writer.sql("PRAGMA wal_checkpoint(PASSIVE)")
        seen.append(1)

    save_state(path, newest, output, once)
    assert len(seen) > 1
    assert rows(output) == [(1, "first")]
    assert rows(output, "u") == [(2,)]


@pytest.mark.parametrize("name", ["live/app.db", "live/app.db-wal", "live/app.db-journal"])
def test_no_file_of_a_database_is_written(tmp_path, writer, name):
    before = glance(tmp_path / "live")
    with pytest.raises(UnreadableDatabase, match=r"name a(nother|\ new) file"):
        save_state(live(tmp_path), 1, tmp_path / name, lambda *_: None)
    assert glance(tmp_path / "live") == before


def test_a_disk_without_room_is_told_before(tmp_path, writer, monkeypatch):
    monkeypatch.setattr(saving, "_ROOM_LEFT", 1 << 60)
    with pytest.raises(UnreadableDatabase, match=r"as of commit 1 is .* bytes, and .* has .* left"):
        save_state(live(tmp_path), 1, tmp_path / "then.db", lambda *_: None)
    assert not (tmp_path / "then.db").exists()
