"""A SQLite file, read back by SQLite."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from math import inf
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from studio.cli.main import main
from tests.examples import examples
from tests.export.test_pieces import BYTES, VALUE, folder
from tests.postgres import run_sql

__all__ = ["folder"]


def rows(path: Path, columns: Sequence[str], table: str = "t") -> list[tuple[object, ...]]:
    shown = ", ".join(f'"{c}", typeof("{c}"), hex("{c}")' for c in columns)
    with closing(sqlite3.connect(path)) as connection:
        connection.text_factory = bytes
        return connection.execute(f"SELECT {shown} FROM {table} ORDER BY rowid").fetchall()


@settings(max_examples=examples(10))
@given(data=st.lists(st.tuples(VALUE, VALUE, VALUE, st.sampled_from(BYTES)), max_size=20))
def test_sqlite_is_read_back_equal(folder, data):
    path, out = folder / "from.db", folder / "to.sqlite"
    out.unlink(missing_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DROP TABLE IF EXISTS t")
        connection.execute("CREATE TABLE t (a, i INTEGER, t TEXT, x TEXT)")
        connection.executemany("INSERT INTO t VALUES (?, ?, ?, CAST(? AS TEXT))", data)
    assert main(["export", str(path), "t", "--output", str(out)]) == 0
    assert rows(out, "aitx") == rows(path, "aitx")


def test_postgresql_is_read_back_equal(postgres, tmp_path):
    out = tmp_path / "t.db"
    run_sql(
        postgres,
        'CREATE TABLE t (a bigint, "A" numeric, b boolean, r float8, y bytea, d date)',
        "INSERT INTO t VALUES (9223372036854775807, 1.50, true, '-inf', '\\x00ff', 'infinity'),"
        " (0, 'NaN', false, 'NaN', '', NULL)",
    )
    assert main(["export", postgres, "t", "--output", str(out)]) == 0
    with closing(sqlite3.connect(out)) as connection:
        found = connection.execute('SELECT a, "A_2", b, r, y, d FROM t').fetchall()
    assert found == [
        (2**63 - 1, "1.50", 1, -inf, b"\0\xff", "infinity"),
        (0, "NaN", 0, "nan", b"", None),
    ]


def test_a_database_that_is_there_is_never_replaced(sqlite_file, tmp_path, capsys):
    path = sqlite_file("CREATE TABLE t (a)")
    assert main(["export", str(path), "t", "--output", str(path)]) == 5
    assert "such as a database: name another file" in capsys.readouterr().err
