"""Deleted rows that can still be read: never one that was not there, never one that still is."""

import random
from pathlib import Path

import pytest

from studio.wal.history import opened
from studio.wal.remains import Remains, remains
from tests.examples import examples
from tests.wal.programs import Program, snapshot


def made(path: Path, *statements: str, mode: str = "wal") -> None:
    program = Program(path)
    program.sql("PRAGMA page_size=1024")
    program.sql(f"PRAGMA journal_mode={mode}")
    program.sql("PRAGMA secure_delete=OFF")
    for statement in statements:
        program.sql(statement)
    program.kill() if mode == "wal" else program.close()


def found_in(path: Path) -> Remains:
    with opened(path) as history:
        last = history.commits[-1].last_frame if history.commits else 0
        return remains(history.state(last))


PEOPLE = (
    "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, age INTEGER, note TEXT)",
    "INSERT INTO people VALUES (1, 'Ann', 31, 'first'), (2, 'Bo', 42, NULL),"
    " (3, 'Cyd', 53, 'third'), (1000, 'Dee', 64, 'large rowid')",
)


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_a_deleted_row_is_read_from_the_slack_of_its_page(mode: str, tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    made(path, *PEOPLE, "DELETE FROM people WHERE id IN (2, 1000)", mode=mode)
    before = snapshot(tmp_path)
    found = found_in(path)
    rows = [tuple(one.row.values())[1:] for one in found.tables["people"]]
    assert sorted(rows) == [("Bo", 42, None), ("Dee", 64, "large rowid")]
    assert {one.is_older for one in found.tables["people"]} == {False}
    assert found.is_whole
    assert snapshot(tmp_path) == before


def test_an_older_version_is_told_where_its_rowid_is_left(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    longer = "UPDATE people SET name = name || ' of the other house' WHERE id = {}"
    made(path, *PEOPLE, longer.format(2))
    (one,) = found_in(path).tables["people"]
    assert (one.rowid, one.row["name"], one.row["id"]) == (None, "Bo", None)
    with opened(path) as history:
        before = history.commits[-2].last_frame
        assert not remains(history.state(before)).tables


def test_a_dropped_tables_rows_are_on_free_pages(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    made(
        path,
        *PEOPLE,
        "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 300) INSERT INTO people"
        " SELECT i + 2000, 'name ' || i, i, 'note ' || i FROM n",
        "DELETE FROM people WHERE id > 2000",
    )
    found = found_in(path).tables["people"]
    names = {one.row["name"] for one in found if one.is_free_page}
    assert len(names) > 100
    assert names <= {f"name {i}" for i in range(1, 301)}


def test_without_remains_nothing_is_found(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    made(path, *PEOPLE, "PRAGMA secure_delete=ON", "DELETE FROM people WHERE id = 2")
    assert found_in(path).tables == {}


@pytest.mark.parametrize("seed", range(examples(64)))
def test_what_is_found_was_there_once(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    path = tmp_path / "app.db"
    once: set[tuple[object, ...]] = set()
    statements = ["CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b REAL, c)"]
    live: dict[int, tuple[object, ...]] = {}
    for _ in range(rng.randrange(20, 90)):
        key = rng.choice((rng.randrange(60), rng.randrange(40_000)))
        if key in live and rng.random() < 0.6:
            del live[key]
            statements.append(f"DELETE FROM t WHERE id = {key}")
            continue
        row = ("w" * rng.randrange(30) + str(key), rng.randrange(99) + 0.5, rng.randrange(2**20))
        live[key] = row
        once.add(row)
        text, real, number = row
        statements.append(f"INSERT OR REPLACE INTO t VALUES ({key}, '{text}', {real}, {number})")
    made(path, *statements)
    found = found_in(path).tables.get("t", ())
    told = {tuple(one.row.values())[1:] for one in found}
    assert told <= once
    gone = {tuple(one.row.values())[1:] for one in found if not one.is_older and one.rowid}
    assert not gone & set(live.values())


@pytest.mark.parametrize("seed", range(examples(24)))
def test_zeroed_space_is_nothing(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    path = tmp_path / "app.db"
    columns = ("a TEXT", "b INT", "c BLOB", "d REAL")[: rng.randrange(1, 5)]
    key = rng.choice(["id INTEGER PRIMARY KEY, ", ""])
    program = Program(path)
    for statement in (
        "PRAGMA page_size=1024",
        "PRAGMA journal_mode=wal",
        "PRAGMA secure_delete=ON",
    ):
        program.sql(statement)
    program.sql(f"CREATE TABLE t ({key}{', '.join(columns)})")
    values = ["text", "", None, 0, 1, 300, 1.5, "7" * 100]
    spelled = {value: f"'{value}'" if isinstance(value, str) else str(value) for value in values}
    for _ in range(60):
        row = ", ".join(spelled[rng.choice(values)] for _ in columns).replace("None", "NULL")
        if rng.random() < 0.6:
            names = ", ".join(column[0] for column in columns)
            rowid = rng.randrange(1, 400)
            program.sql(f"INSERT OR REPLACE INTO t (rowid, {names}) VALUES ({rowid}, {row})")
        else:
            every = rng.randrange(3, 9)
            program.sql(f"DELETE FROM t WHERE rowid % {every} = {rng.randrange(1, 3)}")
    program.kill()
    # Splitting a page leaves whole rows all the same: never one that was not.
    written = {None, *spelled, *(str(value) for value in values)}
    for one in found_in(path).tables.get("t", ()):
        assert all(value in written for name, value in one.row.items() if name != "id")
        assert any(value is not None for value in one.row.values())
