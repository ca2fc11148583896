"""How many rows tables have, as the catalog pane shows it."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from studio.backends.sqlite.sizes import row_counts
from studio.db.session import read_once
from studio.db.url import parse
from studio.model.page import RowCount
from studio.model.relation import TableRef

SPAN = "rowid span"


def counted(path: Path, *script: str) -> dict[str, RowCount]:
    with closing(sqlite3.connect(path)) as connection:
        for statement in script:
            connection.execute(statement)
        connection.commit()
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema")]
    refs = [TableRef("main", name) for name in names]
    found = read_once(parse(str(path)), lambda c, *_: row_counts(c, refs))
    return {ref.name: count for ref, count in found.items()}


def filled(table: str, rows: int, value: str = "i") -> str:
    return (
        f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) "
        f"INSERT INTO {table} SELECT {value} FROM n"
    )


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (1, RowCount(1, exact=True, source="count")),
        (200, RowCount(200, exact=True, source="count")),
        (201, RowCount(201, exact=False, source=SPAN)),
    ],
)
@pytest.mark.parametrize("name", ['"t"', '""', '"a""b"', '"a?b %s :p"', '"select"', "'é日'"])
def test_few_are_counted_and_many_spanned(
    tmp_path: Path, name: str, rows: int, said: RowCount
) -> None:
    found = counted(tmp_path / "a.db", f"CREATE TABLE {name} (v)", filled(name, rows))
    assert list(found.values()) == [said]


def test_an_empty_table_has_no_rows(tmp_path: Path) -> None:
    assert counted(tmp_path / "a.db", "CREATE TABLE t (v)") == {
        "t": RowCount(0, exact=True, source="count")
    }


def test_a_table_without_rowids_says_nothing_when_it_is_large(tmp_path: Path) -> None:
    found = counted(
        tmp_path / "a.db",
        "CREATE TABLE small (k PRIMARY KEY) WITHOUT ROWID",
        "CREATE TABLE large (k PRIMARY KEY) WITHOUT ROWID",
        filled("small", 5),
        filled("large", 5000),
    )
    assert found == {"small": RowCount(5, exact=True, source="count")}


def test_a_column_called_rowid_is_not_the_rowid(tmp_path: Path) -> None:
    found = counted(
        tmp_path / "a.db",
        "CREATE TABLE hides (RowId INTEGER, v)",
        "CREATE TABLE hides_all (rowid INTEGER, _rowid_ INTEGER, oid INTEGER)",
        filled("hides", 300, "i * 7, i"),
        filled("hides_all", 300, "i * 7, i, i"),
    )
    assert found == {"hides": RowCount(300, exact=False, source=SPAN)}


def test_rowids_far_apart_say_nothing(tmp_path: Path) -> None:
    far = "i * 9000000000"
    found = counted(
        tmp_path / "a.db", "CREATE TABLE t (id INTEGER PRIMARY KEY)", filled("t", 300, far)
    )
    assert found == {}


def test_what_cannot_be_read_does_not_keep_the_others_from_having_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    known = counted(path, "CREATE TABLE a (v)", "CREATE TABLE b (v)", filled("b", 3))
    assert set(known) == {"a", "b"}
    damaged = bytearray(path.read_bytes())
    damaged[4096:4106] = b"\xff" * 10
    path.write_bytes(damaged)
    assert counted(path) == {"b": RowCount(3, exact=True, source="count")}
