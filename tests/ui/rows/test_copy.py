"""What is copied is what is in the database, whole, or nothing is."""

import ast
import csv
import json
import sqlite3

import pytest

from tests.postgres import run_sql
from tests.scenes import settle
from tests.ui.test_browse import press

LONG = "ab" * 50_000


@pytest.fixture(autouse=True)
def no_clipboard(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that takes nothing: all that is copied is in the file."""
    monkeypatch.setenv("TERM", "linux")


def kept(tmp_path) -> str:
    return (tmp_path / "state" / "clipboard.txt").read_text()


async def test_long_values_are_copied_whole_in_every_form(open_app, sqlite_file, tmp_path):
    path = sqlite_file(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, b BLOB)",
        f"INSERT INTO t VALUES (1, '{LONG}', zeroblob(20000))",
    )
    async with open_app(path, table="t") as pilot:
        await press(pilot, "right", "y", "y")
        assert kept(tmp_path) == LONG
        await press(pilot, "y", "r")
        assert kept(tmp_path) == f"1\t{LONG}\t\\\\x{'00' * 20000}"
        await press(pilot, "y", "j")
        held = {"$type": "bytes", "hex": "00" * 20000}
        assert json.loads(kept(tmp_path)) == {"id": 1, "v": LONG, "b": held}
        await press(pilot, "y", "i")
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE TABLE t (id, v, b)")
        connection.execute(kept(tmp_path))
        assert connection.execute("SELECT * FROM t").fetchall() == [(1, LONG, bytes(20000))]
    connection.close()


async def test_without_a_key_half_a_value_is_not_copied(open_app, sqlite_file, tmp_path):
    path = sqlite_file(
        "CREATE TABLE t (v TEXT)",
        f"INSERT INTO t VALUES ('{LONG}')",
        "CREATE VIEW w AS SELECT v FROM t",
    )
    async with open_app(path, table="w") as pilot:
        await press(pilot, "y", "y")
        assert not (tmp_path / "state" / "clipboard.txt").exists()
        said = [n.message for n in pilot.app._notifications]
        assert any("nothing was copied" in message for message in said)


async def test_an_insert_brings_back_every_value(open_app, sqlite_file, tmp_path):
    path = sqlite_file(
        "CREATE TABLE t (a, b, c, d, e, f)",
        "INSERT INTO t VALUES (9e999, -9e999, 'x' || char(0) || 'y', "
        "CAST(x'ff41' AS TEXT), 'o''k', 0.1)",
    )
    look = "SELECT a, b, hex(c), hex(d), e, f, typeof(c), typeof(d) FROM t"
    with sqlite3.connect(path) as connection:
        wanted = connection.execute(look).fetchall()
    connection.close()
    async with open_app(path, table="t") as pilot:
        await press(pilot, "y", "i")
        text = kept(tmp_path)
        await press(pilot, "y", "j")
        assert json.loads(kept(tmp_path))["a"] == {"$type": "real", "text": "inf"}
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE TABLE t (a, b, c, d, e, f)")
        connection.execute(text)
        assert connection.execute(look).fetchall() == wanted
    connection.close()


async def test_postgresql_rows_as_json_and_insert(open_app, postgres, tmp_path):
    run_sql(
        postgres,
        "CREATE TABLE t (id bigint PRIMARY KEY, ok boolean, b bytea, n numeric, t text)",
        r"INSERT INTO t VALUES (9223372036854775807, true, '\x00ff', 'NaN', E'a\\b''c')",
    )
    async with open_app(postgres, table="t") as pilot:
        await settle(pilot)
        await press(pilot, "y", "j")
        assert json.loads(kept(tmp_path)) == {
            "id": 9223372036854775807, "ok": True, "b": {"$type": "bytes", "hex": "00ff"},
            "n": {"$type": "decimal", "text": "NaN"}, "t": "a\\b'c",
        }  # fmt: skip
        await press(pilot, "y", "i")
        text = kept(tmp_path)
    before = run_sql(postgres, "SELECT t::text FROM t")
    assert run_sql(postgres, "DELETE FROM t", text, "SELECT t::text FROM t") == before


async def test_a_row_is_copied_in_every_form_that_reads_back(open_app, sqlite_file, tmp_path):
    path = sqlite_file(
        'CREATE TABLE "t a" (id INTEGER PRIMARY KEY, "o\'k" TEXT, n REAL, x TEXT, b BLOB)',
        "INSERT INTO \"t a\" VALUES (7, 'it''s | \\ \"x\"', 1.5, NULL, x'00ff')",
        "INSERT INTO \"t a\" VALUES (8, 'other', 2, NULL, NULL)",
    )
    row = (7, 'it\'s | \\ "x"', 1.5, None, b"\x00\xff")
    async with open_app(path, table="t a") as pilot:
        copied = {}
        for key in "vmpuw":
            await press(pilot, "y", key)
            copied[key] = kept(tmp_path)
    with sqlite3.connect(path) as connection:
        found = connection.execute(f'SELECT * FROM "t a" WHERE {copied["w"]}').fetchall()
        assert found == [row]
        connection.execute("UPDATE \"t a\" SET \"o'k\" = 'lost', n = 0, x = 'y', b = x''")
        connection.execute(copied["u"])
        assert connection.execute('SELECT * FROM "t a" WHERE id = 7').fetchall() == [row]
        assert connection.execute('SELECT n FROM "t a" WHERE id = 8').fetchall() == [(0.0,)]
    connection.close()
    assert copied["w"] == '"id" = 7'
    assert ast.literal_eval(copied["p"]) == dict(
        zip(("id", "o'k", "n", "x", "b"), row, strict=True)
    )
    assert list(csv.reader(copied["v"].splitlines())) == [
        ["id", "o'k", "n", "x", "b"], ["7", row[1], "1.5", "", "\\x00ff"],
    ]  # fmt: skip
    assert copied["m"].splitlines()[1:] == [
        "| --- | --- | --- | --- | --- |",
        '| 7 | it\'s \\| \\\\ "x" | 1.5 |  | \\\\x00ff |',
    ]


async def test_python_has_numbers_where_postgresql_has(open_app, postgres, tmp_path):
    run_sql(
        postgres,
        "CREATE TABLE t (id bigint PRIMARY KEY, f float8, d numeric, ok bool, tags text[]);"
        "INSERT INTO t VALUES (9007199254740993, 'Infinity', 1.50, true, '{a}')",
    )
    async with open_app(postgres, table="t") as pilot:
        await press(pilot, "y", "p")
    found = eval(kept(tmp_path), {"float": float})
    assert found == {
        "id": 9007199254740993, "f": float("inf"), "d": "1.50", "ok": True, "tags": "{a}",
    }  # fmt: skip


async def test_marked_rows_are_copied_all_in_every_form(open_app, sqlite_file, tmp_path):
    path = sqlite_file(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, n REAL)",
        f"INSERT INTO t VALUES (1, 'a\tb', 1.5), (2, 'left', 2), (3, '{LONG}', NULL)",
    )
    rows = [(1, "a\tb", 1.5), (3, LONG, None)]
    async with open_app(path, table="t") as pilot:
        await press(pilot, "m", "down", "m", "right", "y")
        assert "copy 2 marked rows" in str(pilot.app.screen.query_one("Vertical").border_title)
        copied = {}
        for key in "yrhjvmpiuw":
            await press(pilot, key, "y")
            copied[key] = kept(tmp_path)
    assert copied["y"] == f"a\\tb\n{LONG}"
    assert copied["r"] == f"1\ta\\tb\t1.5\n3\t{LONG}\t\\N"
    assert copied["h"] == f"id\tv\tn\n{copied['r']}"
    dicts = [dict(zip(("id", "v", "n"), row, strict=True)) for row in rows]
    assert json.loads(copied["j"]) == ast.literal_eval(copied["p"]) == dicts
    assert [*csv.reader(copied["v"].splitlines())][1:] == [["1", "a\tb", "1.5"], ["3", LONG, ""]]
    assert len(copied["m"].splitlines()) == 4
    with sqlite3.connect(path) as connection:
        where = f"SELECT * FROM t WHERE {copied['w']}"
        assert connection.execute(where).fetchall() == rows
        connection.execute("UPDATE t SET v = 'lost', n = 0 WHERE id <> 2")
        connection.executescript(copied["u"])
        assert connection.execute(where).fetchall() == rows
        connection.execute("DELETE FROM t")
        connection.executescript(copied["i"])
        assert connection.execute("SELECT * FROM t").fetchall() == rows
    connection.close()


async def test_one_marked_row_is_copied_rather_than_the_cursors(open_app, sqlite_file, tmp_path):
    path = sqlite_file("CREATE TABLE t (id INTEGER PRIMARY KEY)", "INSERT INTO t VALUES (1), (2)")
    async with open_app(path, table="t") as pilot:
        await press(pilot, "m", "y")
        assert "copy 1 marked row" in str(pilot.app.screen.query_one("Vertical").border_title)
        await press(pilot, "y")
        assert kept(tmp_path) == "1"
        await press(pilot, "escape", "y", "y")
        assert kept(tmp_path) == "2"
