"""Tables that SQLite joins by itself: the bytes are those of rows read one by one."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.backends.sqlite import joining
from studio.cli.main import main
from studio.export import pieces, tables
from studio.export.text import csv_line, csv_lines
from tests.examples import examples

SIGNS = ("", '"', '""', ",", "\n", "\r", "\t", "\\", "\\N", "\0", "a\0b", "é☃", "\x1d", " ", "0")
BYTES = (b"\xff", b"\xfe", b"\xfd", b"\xfc", b"a\xff,", b"\xed\xa0\x80", b"", b"abc")
VALUE = (
    st.none()
    | st.sampled_from(SIGNS)
    | st.text(max_size=5)
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.sampled_from([-0.0, 1e15, 1e16, 0.1 + 0.2, 5e-324, float("inf"), -(2.0**63)])
    | st.sampled_from(BYTES)
)
ROWS = st.lists(st.tuples(VALUE, VALUE, VALUE, VALUE, st.sampled_from(BYTES)), max_size=30)
TABLE = "CREATE TABLE t (a, i INTEGER, t TEXT COLLATE NOCASE, r REAL, n NUMERIC(8, 2), x TEXT)"


@pytest.fixture
def by_rows(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Tables come row by row."""
    with monkeypatch.context() as patched:
        patched.setattr(tables, "STYLES", {})
        yield


def exported(target: Path, form: str, table: str = "t") -> bytes:
    out = target.with_suffix(f".{form}")
    assert main(["export", str(target), table, "--output", str(out)]) == 0
    return out.read_bytes()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pieces")


@settings(max_examples=examples(15))
@given(rows=ROWS, keys=st.sets(st.integers(-(2**63), 2**63 - 1), min_size=30), form=st.booleans())
def test_the_bytes_are_those_of_the_rows(folder, rows, keys, form):
    target, said = folder / "t.db", "csv" if form else "tsv"
    with closing(sqlite3.connect(target, isolation_level=None)) as connection:
        connection.execute("DROP TABLE IF EXISTS t")
        connection.execute(TABLE)
        connection.executemany(
            "INSERT INTO t (rowid, a, i, t, r, n, x) VALUES (?, ?, ?, ?, ?, ?, CAST(? AS TEXT))",
            [(key, *row[:4], row[0], row[4]) for key, row in zip(keys, rows, strict=False)],
        )
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pieces, "_FIRST_ROWS", 3)
        found = exported(target, said)
        patched.setattr(tables, "STYLES", {})
        assert found == exported(target, said)


MANY = """
CREATE TABLE plain (id INTEGER PRIMARY KEY, b TEXT, c REAL);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
  INSERT INTO plain SELECT i * 7, 'n' || i, i / 3.0 FROM n;
CREATE TABLE one (a); INSERT INTO one VALUES (''), (NULL), ('x'), ('');
CREATE TABLE none (a, b);
CREATE TABLE keyed (id INTEGER PRIMARY KEY, a) WITHOUT ROWID; INSERT INTO keyed VALUES (2, 3);
CREATE TABLE "ro""wid," (rowid, "a,""b" INT); INSERT INTO "ro""wid," VALUES ('x', 1);
CREATE TABLE made (a INT, b AS (a + 1), c TEXT AS (a || ',') STORED); INSERT INTO made VALUES (1);
"""


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le"])
@pytest.mark.parametrize("table", ["plain", "one", "none", "keyed", 'ro"wid,', "made"])
def test_tables_of_every_kind(request, tmp_path, encoding, table):
    target = tmp_path / "many.db"
    with closing(sqlite3.connect(target)) as connection:
        connection.executescript(f"PRAGMA encoding='{encoding}'; {MANY}")
    found = exported(target, "csv", table)
    request.getfixturevalue("by_rows")
    assert found == exported(target, "csv", table)


def test_a_collation_of_the_application_alone(tmp_path):
    target = tmp_path / "own.db"
    with closing(sqlite3.connect(target, isolation_level=None)) as connection:
        connection.create_collation("mine", lambda a, b: (a > b) - (a < b))
        connection.execute("CREATE TABLE t (a TEXT COLLATE mine)")
        connection.execute("INSERT INTO t VALUES ('a,b'), (x'00'), (NULL)")
    assert exported(target, "csv") == b'a\n"a,b"\n\\x00\n\n'


def test_what_is_too_large_for_one_piece_comes_all_the_same(tmp_path, monkeypatch):
    target = tmp_path / "long.db"
    with closing(sqlite3.connect(target, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE t (a TEXT)")
        lengths = [1, 5000, 2, 70_000, *[3] * 2000, 9000, 4]
        connection.executemany("INSERT INTO t VALUES (?)", [("x" * n,) for n in lengths])
    monkeypatch.setattr(joining, "_MOST_BYTES", 4096)
    lines = exported(target, "csv").split()
    assert [len(line) for line in lines] == [1, *lengths]


@pytest.mark.parametrize("form", ["csv", "tsv"])
def test_a_table_of_more_columns_than_an_expression_is_deep(request, tmp_path, form):
    target = tmp_path / "wide.db"
    with closing(sqlite3.connect(target, isolation_level=None)) as connection:
        names = ", ".join(f"c{n}" for n in range(1200))
        connection.execute(f"CREATE TABLE t ({names})")
        row = [("", None, n, "a\0b" if n == 600 else "x", b"\xff", 0.5)[n % 6] for n in range(1200)]
        for one in (row, [*reversed(row)]):
            connection.execute(f"INSERT INTO t VALUES ({', '.join('?' * 1200)})", one)
    found = exported(target, form)
    request.getfixturevalue("by_rows")
    assert found == exported(target, form)


@given(rows=st.lists(st.tuples(VALUE, VALUE, st.none() | st.text(), st.integers()), max_size=8))
def test_lines_made_at_once_are_those_made_one_by_one(rows):
    rows += [(True, "x", "y", 1)] * (len(rows) % 2)
    assert csv_lines(rows) == [csv_line(row) for row in rows]
    assert csv_lines([row[3:] for row in rows]) == [str(row[3]) for row in rows]
