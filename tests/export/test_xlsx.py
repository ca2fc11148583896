"""XLSX, read back by openpyxl; and files that are packed."""

import gc
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape

from studio.cli.main import main
from studio.export.binary import xlsx
from tests.postgres import run_sql

ROWS = (
    (1, "", 0.5, b"\x00\xff"),
    (2**53, '=SUM(A1) "é😀"', 0.1 + 0.2, None),
    (2**63 - 1, "a\nb\r\nc\td", float("inf"), b""),
    (-(2**63), " http://x.y _x000D_ \x01", 5e-324, None),
    (None, None, None, None),
    (0, "NULL", -1.7976931348623157e308, b"x"),
)


def cells(path) -> list[list[object]]:
    """Of every sheet, below the names."""
    book = load_workbook(path)
    rows = [row for sheet in book.worksheets for row in sheet.iter_rows(min_row=2)]
    found = [[cell.value for cell in row] for row in rows]
    return [[unescape(v) if isinstance(v, str) else v for v in row] for row in found]


def test_sqlite_is_read_back_equal(tmp_path):
    path, out = tmp_path / "t.db", tmp_path / "t.xlsx"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (i INTEGER, t TEXT, r REAL, b BLOB)")
        connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", ROWS)
        connection.commit()
    for _ in range(2):  # what is there is a file of ours, and replaced
        assert main(["export", str(path), "t", "--output", str(out)]) == 0
    assert [cell.value for cell in load_workbook(out).active[1]] == ["i", "t", "r", "b"]
    before = out.read_bytes()
    assert main(["export", str(path), "t", "--output", str(out)]) == 0
    assert out.read_bytes() == before
    for row, was in zip(cells(out), ROWS, strict=True):
        number, text, real, raw = row
        assert number is was[0] is None or int(number) == was[0]
        assert text == was[1]
        assert real is was[2] is None or float(real) == was[2]
        assert raw == (None if was[3] is None else "\\x" + was[3].hex())


def test_postgresql_is_read_back_equal(postgres, tmp_path):
    out = tmp_path / "t.xlsx"
    run_sql(
        postgres,
        "CREATE TABLE t (i bigint, n numeric, b boolean, j jsonb, r float8, d date)",
        "INSERT INTO t VALUES (7, 1.5, true, '{\"a\": 1}', 0.25, '2026-01-01'),"
        " (9223372036854775807, 1.50, false, '[1.50]', 'NaN', 'infinity')",
    )
    assert main(["export", postgres, "t", "--output", str(out)]) == 0
    assert cells(out) == [
        [7, 1.5, True, '{"a": 1}', 0.25, "2026-01-01"],
        ["9223372036854775807", "1.50", False, "[1.50]", "NaN", "infinity"],
    ]


def test_more_rows_than_a_sheet_has_are_on_the_next(sqlite_file, tmp_path, monkeypatch):
    monkeypatch.setattr(xlsx, "_MOST_ROWS", 3)
    path = sqlite_file("CREATE TABLE t (a)", "INSERT INTO t VALUES (1), (2), (3), (4), (5)")
    out = tmp_path / "t.xlsx"
    assert main(["export", str(path), "t", "--output", str(out)]) == 0
    assert cells(out) == [[1], [2], [3], [4], [5]]


def test_what_no_cell_holds_is_refused_and_nothing_stays(
    sqlite_file, tmp_path, monkeypatch, capsys
):
    aside = tmp_path / "aside"
    aside.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(aside))
    path = sqlite_file("CREATE TABLE t (note)", f"INSERT INTO t VALUES ('{'x' * 40_000}')")
    out = tmp_path / "t.xlsx"
    assert main(["export", str(path), "t", "--output", str(out)]) == 2
    assert "note has a text of 40,000 characters" in capsys.readouterr().err
    assert not out.exists()
    gc.collect()  # at the latest when the command ends
    assert not list(aside.iterdir())


@pytest.mark.parametrize(
    ("ending", "package"),
    [("xlsx", "xlsxwriter"), ("csv.zst", "zstandard"), ("parquet", "pyarrow")],
)
def test_a_missing_package_is_named(sqlite_file, tmp_path, monkeypatch, capsys, ending, package):
    monkeypatch.setitem(sys.modules, package, None)
    path, out = sqlite_file("CREATE TABLE t (a)"), tmp_path / f"t.{ending}"
    assert main(["export", str(path), "t", "--output", str(out)]) == 2
    assert f"need the package {package}: pip install 'studio-tui[" in capsys.readouterr().err
    assert not out.exists()


def test_zstd_holds_the_same_and_comes_back(sqlite_file, tmp_path, capsys):
    path = sqlite_file(
        "CREATE TABLE t (a INTEGER, b TEXT)",
        "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
        " WHERE i < 30000) SELECT i, hex(randomblob(8)) FROM n",
        "CREATE TABLE u (a INTEGER, b TEXT)",
    )
    plain, packed = tmp_path / "t.csv", tmp_path / "t.csv.zst"
    for out in (plain, packed):
        assert main(["export", str(path), "t", "--output", str(out)]) == 0
    assert main(["import", str(path), "u", str(packed), "--try"]) == 0
    again = packed.read_bytes()
    packed.write_bytes(again * 2)  # two frames: the names of the second are a row
    assert main(["import", str(path), "t", str(packed), "--try"]) == 0
    packed.write_bytes(again[:-20])
    assert main(["import", str(path), "u", str(packed)]) == 2
    assert "ends too early" in capsys.readouterr().err
    assert main(["import", str(path), "u", str(plain)]) == 0
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT * FROM t EXCEPT SELECT * FROM u").fetchall() == []


def test_xlsx_through_a_pipe(sqlite_file, tmp_path):
    path = sqlite_file("CREATE TABLE t (a)", "INSERT INTO t VALUES (7)")
    command = ["export", str(path), "t", "--output", "-", "--format", "xlsx"]
    done = subprocess.run(
        [sys.executable, "-m", "studio", *command], capture_output=True, check=True
    )
    (tmp_path / "o.xlsx").write_bytes(done.stdout)
    assert cells(tmp_path / "o.xlsx") == [[7]]
