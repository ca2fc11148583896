"""Rows estimated from a sample of leaves, against the rows there are."""

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from studio.backends.sqlite.helper import rows_in
from studio.wal import leaves
from studio.wal.leaves import count_rows

MANY = 60_000
Fill = Callable[[random.Random], Iterator[tuple[object, ...]]]


def sparse(rng: random.Random) -> Iterator[tuple[object, ...]]:
    del rng
    for i in range(MANY):
        yield i * 1_000_003 - 2**40, "row"


def clustered(rng: random.Random) -> Iterator[tuple[object, ...]]:
    del rng
    for i in range(MANY):
        yield (i if i % 2 else 2**60 + i), "x" * (i % 90)


def uneven(rng: random.Random) -> Iterator[tuple[object, ...]]:
    for i in range(MANY):
        yield i, "x" * (4000 if rng.random() < 0.02 else 5)


FILLS: dict[str, Fill] = {"sparse": sparse, "clustered": clustered, "uneven": uneven}
TABLES = {
    "rowid": "CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT)",
    "without rowid": "CREATE TABLE t(id TEXT PRIMARY KEY, v TEXT) WITHOUT ROWID",
}


def root_of(connection: sqlite3.Connection) -> int:
    (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 't'").fetchone()
    return int(root)


@pytest.mark.parametrize("page_bytes", [512, 4096, 65536])
@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize("fill", FILLS)
def test_a_sample_tells_about_how_many(
    tmp_path: Path, fill: str, kind: str, page_bytes: int
) -> None:
    path = tmp_path / "app.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA page_size={page_bytes}")
        connection.execute(TABLES[kind])
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO t VALUES (?, ?)", FILLS[fill](random.Random(3)))
        connection.execute("COMMIT")
        root = root_of(connection)
    found = count_rows(path, root)
    assert found is not None
    assert abs(found - MANY) <= MANY * 0.25
    assert count_rows(path, root) == found


def test_rows_that_only_the_wal_holds_are_seen_and_nothing_is_touched(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA wal_autocheckpoint=0")
        connection.execute(TABLES["rowid"])
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO t VALUES (?, ?)", sparse(random.Random(3)))
        connection.execute("COMMIT")
        before = (tmp_path / "app.db-wal").read_bytes()
        found = rows_in(path, root_of(connection))
        assert found is not None
        assert abs(found - MANY) < MANY * 0.05
        connection.execute("BEGIN")
        connection.execute("DELETE FROM t WHERE id % 10 <> 0")
        connection.execute("COMMIT")
        (rest,) = connection.execute("SELECT count(*) FROM t").fetchone()
        found = rows_in(path, root_of(connection))
        assert found is not None
        assert abs(found - rest) < rest * 0.25
        assert (tmp_path / "app.db-wal").read_bytes().startswith(before)


def test_a_tree_too_wide_to_read_is_sampled(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "app.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA page_size=512")
        connection.execute(TABLES["rowid"])
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO t VALUES (?, ?)", sparse(random.Random(3)))
        connection.execute("COMMIT")
        root = root_of(connection)
    reads = []
    whole = leaves.LeafPages.read
    monkeypatch.setattr(leaves, "_WIDE", 10)
    monkeypatch.setattr(
        leaves.LeafPages, "read", lambda self, number: reads.append(number) or whole(self, number)
    )
    found = count_rows(path, root)
    assert found is not None
    assert abs(found - MANY) < MANY * 0.25
    assert len(reads) < 200


@pytest.mark.parametrize(
    "damage",
    [b"", b"SQLite format 3\0", b"\0" * 9000, b"\xff" * 9000],
    ids=["empty", "header", "zeros", "ones"],
)
def test_what_is_no_tree_has_no_estimate(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "app.db"
    path.write_bytes(damage)
    assert count_rows(path, 1) is None
    assert count_rows(path, 2**24) is None


def test_any_damaged_page_is_an_answer_or_none(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA page_size=512")
        connection.execute(TABLES["rowid"])
        connection.executemany("INSERT INTO t VALUES (?, ?)", ((i, "x" * 40) for i in range(2000)))
        root = root_of(connection)
    whole = path.read_bytes()
    rng = random.Random(5)
    for _ in range(300):
        broken = bytearray(whole)
        for _ in range(4):
            broken[rng.randrange(len(broken))] = rng.randrange(256)
        path.write_bytes(broken)
        found = count_rows(path, root)
        assert found is None or found >= 0
