"""Parquet, read back by DuckDB and by pyarrow."""

import gc
import sqlite3
from contextlib import closing
from math import inf

import duckdb
import pytest
from pyarrow import parquet

from studio.cli.main import main
from studio.export.binary import parquet as written
from tests.postgres import run_sql

ROWS = [
    (1, "", 0.5, b"\x00\xff", 1),
    (2**63 - 1, 'a,"b"\n\r\n\t☃é😀', 0.1 + 0.2, b"", 0),
    (-(2**63), "\0x", inf, None, None),
    (None, None, None, None, None),
    (0, "NULL", 5e-324, b"x", 1),
]


@pytest.fixture
def target(tmp_path) -> str:
    path = tmp_path / "t.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (i INTEGER, t TEXT, r REAL, b BLOB, y BOOLEAN)")
        connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?)", ROWS)
        connection.commit()
    return str(path)


@pytest.mark.parametrize("group", [2, 50_000])
def test_sqlite_is_read_back_equal(target, tmp_path, monkeypatch, group):
    monkeypatch.setattr(written, "_GROUP_ROWS", group)
    out = tmp_path / "t.parquet"
    for _ in range(2):  # what is there is a file of ours, and replaced
        assert main(["export", target, "t", "--output", str(out)]) == 0
    wanted = [(*row[:4], None if row[4] is None else bool(row[4])) for row in ROWS]
    with duckdb.connect() as connection:
        found = connection.execute("SELECT * FROM read_parquet(?)", [str(out)]).fetchall()
    assert found == wanted
    assert [tuple(row.values()) for row in parquet.read_table(out).to_pylist()] == wanted


def test_postgresql_is_read_back_equal(postgres, tmp_path):
    out = tmp_path / "t.parquet"
    run_sql(
        postgres,
        "CREATE TABLE t (i bigint, n numeric, b boolean, j jsonb, r float8, d date, y bytea)",
        "INSERT INTO t VALUES"
        " (9223372036854775807, 1.50, true, '[1]', '-inf', 'infinity', '\\x00')",
        "INSERT INTO t DEFAULT VALUES",
    )
    assert main(["export", postgres, "t", "--output", str(out)]) == 0
    rows = [tuple(row.values()) for row in parquet.read_table(out).to_pylist()]
    assert rows == [(2**63 - 1, "1.50", True, "[1]", -inf, "infinity", b"\0"), (None,) * 7]


def test_a_value_of_another_type_is_refused(target, tmp_path, capsys):
    out = tmp_path / "t.parquet"
    with closing(sqlite3.connect(target)) as connection:
        connection.execute("INSERT INTO t (i) VALUES ('many')")
        connection.commit()
    assert main(["export", target, "t", "--output", str(out)]) == 2
    assert "i holds 'many', which is no" in capsys.readouterr().err
    gc.collect()
    assert not out.exists()
