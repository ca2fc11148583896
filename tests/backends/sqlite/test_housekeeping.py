"""Copies, checks, sizes and salvage beside real programs: right, and without a trace."""

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from studio.backends.halves.housekeeping import ForeignKeyFault
from studio.backends.sqlite.housekeeping import SQLiteHousekeeping
from studio.db.url import parse
from studio.model.errors import Refused
from tests.backends.sqlite import situations
from tests.examples import examples
from tests.wal.programs import Program, glance, snapshot
from tests.wal.workload import ENCODINGS, Shape, make

SITUATIONS = (
    situations.live, situations.live_empty_wal, situations.live_writing, situations.crashed,
    situations.crashed_no_shm, situations.clean, situations.rollback, situations.rollback_live,
    situations.rollback_persist, situations.hot_journal, situations.copied_pair,
    situations.symbolic_link,
)  # fmt: skip


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return connection.execute(sql).fetchall()


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda one: one.__name__)
def test_a_copy_is_whole_and_leaves_no_trace(
    situation: Callable[[Path], Program | None], tmp_path: Path
) -> None:
    (tmp_path / "app").mkdir()
    path, output = tmp_path / "app/app.db", tmp_path / "copy.db"
    program = situation(path)
    look = glance if program else snapshot
    before = look(path.parent)
    target = parse(str(path))
    assert SQLiteHousekeeping().copy(target, output) == output.stat().st_size
    verdict = SQLiteHousekeeping().verify(target)
    assert verdict.is_sound
    assert look(path.parent) == before
    assert rows(output, "SELECT count(*) FROM event") == [(50,)]
    assert rows(output, "PRAGMA integrity_check") == [("ok",)]
    assert sorted(one.name for one in tmp_path.iterdir()) == ["app", "copy.db"]
    with pytest.raises(Refused, match="is there already"):
        SQLiteHousekeeping().copy(target, output)
    if program:
        program.close()


def test_what_is_wrong_is_told(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    program = Program(path)
    for sql in (
        "PRAGMA journal_mode=wal", "CREATE TABLE a (id INTEGER PRIMARY KEY, b TEXT)",
        "CREATE TABLE c (id INTEGER PRIMARY KEY, a_id REFERENCES a, d REFERENCES gone)",
        "INSERT INTO a SELECT value, hex(zeroblob(500)) FROM json_each('[1,2,3,4,5,6,7,8]')",
        "INSERT INTO c VALUES (1, 1, NULL), (2, 99, NULL)",
    ):  # fmt: skip
        program.sql(sql)
    found = SQLiteHousekeeping().verify(parse(str(path)))
    assert found.foreign_keys == (ForeignKeyFault("c", 2, "a"),)
    assert (found.foreign_key_faults, found.damage, found.tables) == (1, (), 2)
    program.sql("PRAGMA wal_checkpoint(TRUNCATE)")
    program.close()
    data = bytearray(path.read_bytes())
    data[4096 : 4096 + 8] = b"\xee" * 8
    path.write_bytes(data)
    found = SQLiteHousekeeping().verify(parse(str(path)))
    assert found.damage
    assert not found.is_sound


@pytest.mark.parametrize("at", ["copying", "checking every page", "checking event"])
def test_a_check_can_be_stopped(at: str, tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    situations.clean(path)
    before = snapshot(tmp_path)
    with pytest.raises(Refused, match="stopped, as asked"):
        SQLiteHousekeeping().verify(parse(str(path)), lambda what: what.startswith(at))
    assert snapshot(tmp_path) == before


SHAPES = [
    Shape(300 + n, 512 << n % 4, ENCODINGS[n % 3], n % 3, commits=20) for n in range(examples(24))
]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: f"{shape.seed}-{shape.page_size}")
def test_sizes_are_those_of_dbstat(shape: Shape, tmp_path: Path) -> None:
    made = make(shape, tmp_path)
    found = SQLiteHousekeeping().sizes(parse(str(made.path)))
    expected: dict[str, int] = {}
    for owner in made.truths[-1].pages.values():
        name = owner.removesuffix(" (overflow)").partition(":")[2] or "sqlite_schema"
        expected[name] = expected.get(name, 0) + 1
    mine = {one.name: one.pages for one in found.parts if one.kind in {"table", "index"}}
    assert mine == expected
    assert sum(one.pages for one in found.parts) == found.db_pages


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: f"{shape.seed}-{shape.page_size}")
def test_a_sound_database_is_salvaged_whole(shape: Shape, tmp_path: Path) -> None:
    made, output = make(shape, tmp_path), tmp_path / "new.db"
    saved = SQLiteHousekeeping().salvage(parse(str(made.path)), output)
    assert saved.is_whole, saved
    truth = made.truths[-1].tables
    assert saved.tables == {name: len(kept) for name, kept in truth.items()}
    for name, kept in truth.items():
        expected = [tuple(row.values()) for row in kept.values()]
        assert same(rows(output, f"SELECT * FROM {name}"), expected)
    assert rows(output, "PRAGMA integrity_check") == [("ok",)]
    schema = "SELECT type, name, sql FROM sqlite_schema ORDER BY name"
    copy = tmp_path / "copy.db"
    SQLiteHousekeeping().copy(parse(str(made.path)), copy)
    assert rows(output, schema) == rows(copy, schema)


def same(mine: list[tuple[object, ...]], theirs: list[tuple[object, ...]]) -> bool:
    return sorted(map(repr, mine)) == sorted(map(repr, theirs))


def test_every_row_of_undamaged_pages_is_saved(tmp_path: Path) -> None:
    path, output = tmp_path / "app.db", tmp_path / "new.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL, g AS (id * 2));"
            "CREATE TABLE untouched (k TEXT PRIMARY KEY, v) WITHOUT ROWID;"
            "CREATE VIRTUAL TABLE words USING fts5(w); CREATE INDEX i ON t (a);"
            "INSERT INTO t (id, a) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
            " WHERE i < 4000) SELECT i, 'row ' || i || hex(zeroblob(40)) FROM n;"
            "INSERT INTO untouched SELECT a, id FROM t WHERE id < 500;"
            "INSERT INTO words SELECT a FROM t WHERE id < 50;"
        )
        all_of = set(connection.execute("SELECT * FROM t").fetchall())
        pages = [
            page
            for (page,) in connection.execute(
                "SELECT pageno FROM dbstat WHERE name = 't' AND pagetype = 'leaf'"
            )
        ]
        inside = connection.execute(
            "SELECT pageno FROM dbstat WHERE name = 't' AND pagetype = 'internal'"
        ).fetchone()
    data = bytearray(path.read_bytes())
    spoilt = random.Random(1).sample(pages, 3)
    for page in spoilt:
        data[(page - 1) * 4096 : (page - 1) * 4096 + 100] = b"\xee" * 100
    # What leads to the leaves: they are found all the same, and belong to no table any more.
    data[(inside[0] - 1) * 4096 : (inside[0] - 1) * 4096 + 100] = bytes(100)
    path.write_bytes(data)
    before = snapshot(tmp_path)
    saved = SQLiteHousekeeping().salvage(parse(str(path)), output)
    assert not saved.is_whole
    assert saved.tables["untouched"] == 499
    kept = rows(output, f'SELECT "rowid of row", "column 2" FROM {saved.apart_name}')
    found = {(rowid, text, rowid * 2) for rowid, text in kept}
    found |= set(rows(output, "SELECT * FROM t"))
    assert found <= all_of
    # Three of so many leaves are lost.
    assert len(found) > len(all_of) * (len(pages) - 5) / len(pages)
    assert rows(output, "SELECT count(*) FROM words WHERE words MATCH 'row'") == [(49,)]
    assert rows(output, "PRAGMA integrity_check") == [("ok",)]
    output.unlink()
    assert snapshot(tmp_path).keys() == before.keys()


def test_a_statement_of_the_damaged_file_does_nothing_else(tmp_path: Path) -> None:
    path, output = tmp_path / "app.db", tmp_path / "new.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE t (a)")
        connection.execute("INSERT INTO t VALUES ('kept')")
        connection.execute("CREATE VIEW v AS SELECT 1")
        connection.execute("PRAGMA writable_schema=ON")
        connection.execute("UPDATE sqlite_schema SET sql = ? WHERE name = 't'",
                           ["CREATE TABLE t AS SELECT randomblob(9) AS a"])  # fmt: skip
        connection.execute("UPDATE sqlite_schema SET sql = ? WHERE name = 'v'",
                           [f"ATTACH '{tmp_path}/evil.db' AS evil"])  # fmt: skip
    saved = SQLiteHousekeeping().salvage(parse(str(path)), output)
    assert not (tmp_path / "evil.db").exists()
    assert len(saved.not_made) == 2 or saved.apart == 1
    assert rows(output, f'SELECT "column 1" FROM {saved.apart_name}') == [("kept",)]
