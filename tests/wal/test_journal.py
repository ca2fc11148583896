"""What a rollback journal would undo: what SQLite itself makes of the same files."""

import random
import shutil
import sqlite3
import struct
from contextlib import closing, suppress
from pathlib import Path

import pytest

from studio.wal.history import opened
from studio.wal.journal import MAGIC, RollbackJournal
from studio.wal.journal import undo as journal_of
from studio.wal.states import UnreadableDatabase
from tests.examples import examples
from tests.wal.programs import Program, snapshot
from tests.wal.test_reachable import holds
from tests.wal.workload import Truth

SYNCS = ("FULL", "NORMAL", "OFF")


def left(folder: Path, seed: int) -> Path:
    """The files of a program that was killed while it wrote."""
    rng = random.Random(seed)
    live = folder / f"live-{seed}"
    live.mkdir()
    program = Program(live / "app.db")
    for statement in (
        f"PRAGMA page_size={512 << rng.randrange(4)}",
        f"PRAGMA auto_vacuum={rng.randrange(3)}",
        "CREATE TABLE event (id INTEGER PRIMARY KEY, note TEXT)",
        "CREATE INDEX event_note ON event (note)",
        "CREATE TABLE word (word TEXT PRIMARY KEY, n) WITHOUT ROWID",
        "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 300)"
        " INSERT INTO event SELECT i, hex(randomblob(i % 90 + 10)) FROM n",
        "INSERT INTO word SELECT note, id FROM event WHERE id % 3 = 0",
        f"PRAGMA synchronous={rng.choice(SYNCS)}",
        f"PRAGMA cache_size={rng.choice((1, 5, 200))}",
        "BEGIN",
    ):
        program.sql(statement)
    for _ in range(rng.randrange(1, 6)):
        low = rng.randrange(300)
        program.sql(
            rng.choice(
                (
                    f"UPDATE event SET note = note || 'x' WHERE id BETWEEN {low} AND {low + 60}",
                    f"DELETE FROM event WHERE id BETWEEN {low} AND {low + 80}",
                    "DELETE FROM word WHERE n % 2",
                    "INSERT INTO event(note) SELECT hex(randomblob(200)) FROM word",
                    f"UPDATE word SET n = -n WHERE n > {low}",
                    "DROP INDEX IF EXISTS event_note",
                )
            )
        )
    shutil.copytree(live, folder / f"left-{seed}")
    program.close()
    return folder / f"left-{seed}/app.db"


def as_sqlite_leaves_it(path: Path, folder: Path) -> tuple[Truth, int]:
    """Every row after SQLite has undone it in a copy; and its pages."""
    shutil.copytree(path.parent, folder)
    with closing(sqlite3.connect(folder / "app.db")) as connection:
        connection.row_factory = sqlite3.Row
        tables = {
            "event": {(row["id"],): dict(row) for row in connection.execute("SELECT * FROM event")},
            "word": {(row["word"],): dict(row) for row in connection.execute("SELECT * FROM word")},
        }
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
    return Truth(tables, {}), pages


@pytest.mark.parametrize("seed", range(examples(40)))
def test_it_tells_what_sqlite_would_undo(seed: int, tmp_path: Path) -> None:
    path = left(tmp_path, seed)
    truth, pages = as_sqlite_leaves_it(path, tmp_path / "undone")
    if not Path(f"{path}-journal").read_bytes()[:1].strip(b"\0"):
        # Nothing has reached the file yet.
        return
    before = snapshot(path.parent)
    with opened(path) as history, Path(f"{path}-journal").open("rb") as file:
        journal = RollbackJournal(history, file)
        assert holds(journal.state(0), truth)
        undo = journal.undo(path)
        assert undo.db_pages == pages
        assert undo.written <= undo.pages == sum(undo.touched.values())
    assert snapshot(path.parent) == before


@pytest.mark.parametrize("seed", range(examples(40)))
def test_damaged_bytes_are_a_sentence(seed: int, tmp_path: Path) -> None:
    path = left(tmp_path, 3)
    journal = Path(f"{path}-journal")
    whole, rng = bytearray(journal.read_bytes()), random.Random(seed)
    for _ in range(rng.randrange(1, 30)):
        whole[rng.randrange(rng.choice((28, len(whole))))] = rng.randrange(256)
    journal.write_bytes(whole[: rng.randrange(len(whole))] if seed % 3 == 0 else whole)
    with opened(path) as history, journal.open("rb") as file, suppress(UnreadableDatabase):
        found = RollbackJournal(history, file)
        found.undo(path)
        found.rows()


@pytest.mark.parametrize("is_there", [True, False])
def test_one_of_several_databases_is_undone_as_long_as_their_journal_is_there(
    is_there: bool, tmp_path: Path
) -> None:
    path = left(tmp_path, 3)
    journal = Path(f"{path}-journal")
    name = bytes(tmp_path / "several-mj12")
    if is_there:
        # As SQLite writes it: the names of the journals, each ended by a zero.
        Path(name.decode()).write_bytes(bytes(journal) + b"\0")
    with journal.open("ab") as file:
        file.write(struct.pack(">I", 0x40000000 // 1024 + 1) + name)
        file.write(struct.pack(">2I", len(name), sum(name)) + MAGIC)
    with opened(path) as history:
        undo = journal_of(path, history)
    assert undo.would_undo is is_there
    assert undo.super_journal == ("" if is_there else name.decode())
    before = path.read_bytes()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    assert (path.read_bytes() != before) is is_there
