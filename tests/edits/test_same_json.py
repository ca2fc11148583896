"""What `studio query --format json` prints, `studio apply` reads as the value it was: the same row
and no other, on both engines, whatever a role, a database or the environment sets for sessions.

    STUDIO_LONG=50 .venv/bin/pytest tests/edits/test_same_json.py      random values besides
"""

import json
import os
import random
import sqlite3
import struct
from collections.abc import Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
import pytest

from studio.cli.main import main
from tests.edits.databases import PostgresDatabase, SQLiteDatabase
from tests.edits.test_types import PAIRS, TYPES

LONG = int(os.environ.get("STUDIO_LONG", "0"))
"""How many random tables are tried besides; none in the gate."""
MORE = {
    "double precision": (
        *("-0", "0", "1e15", "1e16", "1e-5", "NaN", "Infinity", "-Infinity", "5e-324"),
        *("1.7976931348623157e308", "0.1", "0.30000000000000004", "123456.5"),
    ),
    "real": ("1e6", "1e-45", "NaN", "0.1", "16777216"),
    "numeric": (
        *("NaN", "Infinity", "-Infinity", "0.00", "0", "1e-7", "1.5", "1.50", "9" * 40, "-0.0"),
        *("9223372036854775807", "9223372036854775808", "1" * 5000),
    ),
    "bigint": ("9007199254740993", "-9223372036854775808"),
    "jsonb": (
        *('"x"', "1", "1.0", "null", "true", "[]", "{}", '{"$type": "bytes", "hex": "00"}'),
        *('{"a": 2.50}', '{"b": [1e400, 0.1]}', '"1"', '{"é": "\\u202e"}', "9007199254740993"),
    ),
    "json": (
        *('"x"', '{"a" :1}', '{"a":2}', '"\\u0000"', '"\\ud800"', "[1, 2.50]", "null"),
        *("1e999999", "\n{}\n", "[2,\n3]"),
    ),
    "timestamp with time zone": (
        *("infinity", "1900-01-01 00:00:00+00", "0001-01-01 00:00:00+00 BC"),
        *("2024-06-01 00:00:00+00", "2024-01-06 00:00:00+00", "2024-06-01 00:00:00.000001+00"),
    ),
    "timestamp": ("2024-06-01 00:00:00", "2024-01-06 00:00:00", "infinity"),
    "date": ("2024-06-01", "2024-01-06", "-infinity", "5874897-12-31"),
    "interval": ("-1 mons +2 days -00:00:00.000001", "1 year 2 mons", "-1 days", "00:00:01"),
    "text": ("", "true", "1", "null", "\x7f\x9b31m", "\u202ex", "{}", "\\x00", "a\nb"),
    "text[]": ("{NULL}", '{"NULL"}'),
    "bytea": (r"\x", r"\x5c7830"),
}
SETTINGS: tuple[dict[str, str], ...] = (
    {},
    {"DateStyle": "SQL, DMY", "TimeZone": "Asia/Kolkata", "IntervalStyle": "sql_standard"},
    {
        "DateStyle": "German",
        "bytea_output": "escape",
        "extra_float_digits": "-15",
        "IntervalStyle": "postgres_verbose",
        "array_nulls": "off",
        "xmloption": "document",
    },
    {
        "DateStyle": "Postgres, MDY",
        "IntervalStyle": "iso_8601",
        "TimeZone": "<x>-03:17",
        "client_encoding": "LATIN1",
        "extra_float_digits": "0",
        "quote_all_identifiers": "on",
    },
)


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    code = main(list(words))
    out = capsys.readouterr().out
    return code, json.loads(out, parse_constant=_no_constant) if out else None


def _no_constant(word: str) -> None:
    raise AssertionError(f"{word} is not JSON")


def apply(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    target: str,
    changes: Sequence[object],
    *flags: str,
) -> tuple[int, Any]:
    file = tmp_path / "set.json"
    file.write_text(json.dumps({"changes": list(changes)}))
    return run(capsys, "apply", target, str(file), "--json", *flags)


def check(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    read: str,
    write: str,
    others: Sequence[tuple[int, int, str]],
) -> None:
    """Table t (id, note, values…) and an empty `twin` like it. `others`: of each pair of rows, the
    second one's value in that column is another than the first one's.
    """
    code, rows = run(capsys, "query", read, "SELECT * FROM t ORDER BY id", "--format", "json")
    assert code == 0
    by_id = {row["id"]: row for row in rows}
    for start in range(0, len(others), 40):
        some = others[start : start + 40]
        wrong = [
            {
                "op": "update", "table": "t", "identity": {"id": one}, "after": {"note": "wrong"},
                "before": {column: by_id[other][column]},
            }
            for one, other, column in some
        ]  # fmt: skip
        code, said = apply(capsys, tmp_path, write, wrong, "--try")
        matched = [one for place, one in enumerate(some) if place not in _told(said)]
        assert (code, matched) == (5, []), said["errors"]
    seen = [
        {
            "op": "update", "table": "t", "identity": {"id": row["id"]}, "after": {"note": "seen"},
            "before": {name: value for name, value in row.items() if name != "id"},
        }
        for row in rows
    ]  # fmt: skip
    twins = [{"op": "insert", "table": "twin", "after": row} for row in rows]
    code, said = apply(capsys, tmp_path, write, [*seen, *twins])
    assert (code, _wrong(said, rows)) == (0, [])
    assert said["rows"] == {"t": len(rows), "twin": len(rows)}
    # What a conflict shows of a row is what the query shows of it.
    code, said = apply(capsys, tmp_path, write, seen[:40])
    assert code == 5
    for conflict in said["conflicts"]:
        now = {**rows[conflict["change"]], "note": "seen"}
        assert {name: conflict["now"][name] for name in now} == now


def _told(said: Any) -> set[int]:
    return {one["change"] for one in said["conflicts"]}


def _wrong(said: Any, rows: Sequence[Any]) -> list[object]:
    places = [one["change"] for one in (*said["conflicts"], *said["errors"])]
    held = [{k: v for k, v in rows[p % len(rows)].items() if v is not None} for p in places]
    return [*zip(held, said["errors"] or said["conflicts"], strict=False)]


# -- PostgreSQL ------------------------------------------------------------------------------------


def postgres_table(
    postgresql: PostgresDatabase, values: dict[str, Sequence[str]]
) -> list[tuple[int, int, str]]:
    """Rows with one value of one type each, and which of them differ."""
    columns = {kind: f"c{number}" for number, kind in enumerate(values)}
    listed = ", ".join(f"{name} {kind}" for kind, name in columns.items())
    postgresql.run(
        f"CREATE TABLE t (id integer PRIMARY KEY, note text, {listed})",
        "CREATE TABLE twin (LIKE t INCLUDING ALL)",
    )
    others: list[tuple[int, int, str]] = []
    number = 0
    for kind, column in columns.items():
        first = number + 1
        for text in values[kind]:
            number += 1
            postgresql.run(
                f"INSERT INTO t (id, {column}) VALUES (%s::integer, %s::{kind})",
                values=(str(number), text),
            )
        printed = postgresql.run(
            f"SELECT id, {column}::text FROM t WHERE id >= {first} ORDER BY id"
        )
        others += [
            (int(str(one)), int(str(other)), column)
            for (one, this), (other, that) in pairwise(printed)
            if not _says_the_same(kind, str(this), str(that))
        ]
    return others


def _says_the_same(kind: str, one: str, other: str) -> bool:
    """Whether two printed values are equal as values: jsonb keeps zeros that say nothing."""
    if one == other:
        return True
    if kind not in {"json", "jsonb", "doc"}:
        return False
    try:
        return bool(json.loads(one) == json.loads(other))
    except ValueError:
        return False


def every_value(postgresql: PostgresDatabase) -> dict[str, Sequence[str]]:
    found = {kind: (*PAIRS[kind], *MORE.get(kind, ())) for kind in PAIRS}
    try:
        postgresql.run("SELECT '<a/>'::xml")
    except psycopg.errors.FeatureNotSupported:
        del found["xml"]
    return found


def twins_differ(postgresql: PostgresDatabase, kinds: Sequence[str]) -> list[object]:
    wrong: list[object] = []
    for number, kind in enumerate(kinds):
        printed = f"t.c{number}::text, twin.c{number}::text"
        for one, other in postgresql.run(f"SELECT {printed} FROM t JOIN twin USING (id)"):
            if not _says_the_same(kind, str(one), str(other)):
                wrong.append((kind, one, other))
    return wrong


@pytest.mark.parametrize("place", range(len(SETTINGS)))
def test_on_postgresql_whatever_sessions_are_set_to(
    postgresql: PostgresDatabase,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    place: int,
) -> None:
    postgresql.run(*TYPES, "SET TimeZone TO 'UTC'")
    values = every_value(postgresql)
    others = postgres_table(postgresql, values)
    ((name,),) = postgresql.run("SELECT current_database()")
    for setting, value in SETTINGS[place].items():
        postgresql.run(f"ALTER DATABASE {name} SET {setting} TO '{value}'")
    # Who writes may be another session than who read: by its environment, by its address.
    monkeypatch.setenv("PGDATESTYLE", "SQL, DMY")
    monkeypatch.setenv("PGTZ", "America/St_Johns")
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    options = "-c%20IntervalStyle%3Dsql_standard%20-c%20bytea_output%3Descape"
    write = f"{postgresql.target}&options={options}"
    check(capsys, tmp_path, postgresql.target, write, others)
    assert twins_differ(postgresql, list(values)) == []


@pytest.mark.parametrize("seed", range(LONG))
def test_on_postgresql_with_random_values(
    postgresql: PostgresDatabase,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    seed: int,
) -> None:
    chance = random.Random(seed)
    postgresql.run("SET TimeZone TO 'UTC'")

    def real() -> float:
        return float(struct.unpack("d", chance.randbytes(8))[0])

    def text() -> str:
        return "".join(chr(chance.choice((chance.randrange(1, 0xD800), 0x1F600))) for _ in "abc")

    values: dict[str, Sequence[str]] = {
        "double precision": [str(real()) for _ in range(30)],
        "real": [str(struct.unpack("f", chance.randbytes(4))[0]) for _ in range(30)],
        "numeric": [f"{chance.randrange(10**9)}e{chance.randrange(-20, 20)}" for _ in range(30)],
        "text": [text() for _ in range(30)],
        "bytea": ["\\x" + chance.randbytes(chance.randrange(9)).hex() for _ in range(30)],
        "jsonb": [
            json.dumps([real() % 1e9, {text(): chance.random()}]).replace("NaN", "0")
            for _ in range(30)
        ],
        "interval": [
            f"{chance.randrange(-99, 99)} mons {chance.randrange(-99, 99)} days "
            f"{chance.uniform(-9999, 9999):.6f} seconds"
            for _ in range(30)
        ],
        "timestamp with time zone": [
            f"{chance.randrange(1, 9999):04}-{chance.randrange(1, 13)}-{chance.randrange(1, 13)} "
            f"{chance.randrange(24)}:00+{chance.randrange(14)}"
            for _ in range(30)
        ],
    }
    others = postgres_table(postgresql, values)
    ((name,),) = postgresql.run("SELECT current_database()")
    for setting, value in chance.choice(SETTINGS).items():
        postgresql.run(f"ALTER DATABASE {name} SET {setting} TO '{value}'")
    check(capsys, tmp_path, postgresql.target, postgresql.target, others)
    assert twins_differ(postgresql, list(values)) == []


# -- SQLite ----------------------------------------------------------------------------------------

STORED: tuple[object, ...] = (
    *(None, 0, 1, -1, 2**53 + 1, 2**63 - 1, -(2**63)),
    *(0.5, 0.1, 1e300, 5e-324, 123456789.25, float("inf"), float("-inf"), -1.5, 2.0, -0.0, 1e16),
    *("", "1", "1.0", "x", "null", "\x00", "a\x00b", "\x9b31m", "\u202ex", "🙂", "\\x00", "{}"),
    *(b"", b"\x00\xff", b"text"),
)
BROKEN = ("ff61", "c3", "61ff00", "eda080")
"""TEXT that is not UTF-8, in hexadecimal."""
COLUMNS = {"c0": "INTEGER", "c1": "TEXT", "c2": "BLOB", "c3": "REAL", "c4": "NUMERIC", "c5": ""}


def test_on_sqlite(
    sqlite: SQLiteDatabase, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    for table in ("t", "twin"):
        sqlite.run(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, note TEXT, {listed})")
    others: list[tuple[int, int, str]] = []
    for column in COLUMNS:
        ((first,),) = sqlite.run("SELECT coalesce(max(id), 0) + 1 FROM t")
        for value in STORED:
            sqlite.run(f"INSERT INTO t ({column}) VALUES (?)", values=(value,))
        for raw in BROKEN:
            sqlite.run(f"INSERT INTO t ({column}) VALUES (CAST(X'{raw}' AS TEXT))")
        others += [
            (int(str(one)), int(str(other)), column)
            for one, other in sqlite.run(
                f"SELECT a.id, b.id FROM t a JOIN t b ON b.id = a.id + 1 WHERE a.id >= {first} "
                f"AND quote(a.{column}) || typeof(a.{column}) || hex(a.{column}) <> "
                f"quote(b.{column}) || typeof(b.{column}) || hex(b.{column})"
            )
        ]
    check(capsys, tmp_path, sqlite.target, sqlite.target, others)
    differ = " OR ".join(
        f"quote(t.{c}) || typeof(t.{c}) || hex(t.{c}) <> "
        f"quote(twin.{c}) || typeof(twin.{c}) || hex(twin.{c})"
        for c in COLUMNS
    )
    with closing(sqlite3.connect(sqlite.target)) as connection:
        found = connection.execute(f"SELECT t.id FROM t JOIN twin USING (id) WHERE {differ}")
        assert found.fetchall() == []


# -- JSON given as JSON ----------------------------------------------------------------------------


def test_json_is_compared_by_what_it_says_and_taken_back_as_it_was(
    postgresql: PostgresDatabase, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    postgresql.run(
        "CREATE TABLE j (id integer PRIMARY KEY, v json, b jsonb)",
        """INSERT INTO j VALUES (1, '{"b" :  2.50,"a":1}', '{"a": 1.0}'), (2, '"\\u0000"', '1')""",
    )
    before = postgresql.run("SELECT id, v::text, b::text FROM j ORDER BY id")
    change: dict[str, object] = {
        "op": "update", "table": "j", "identity": {"id": 1},
        "before": {"v": {"a": 1, "b": 2.5}, "b": {"a": 1}}, "after": {"v": [1, {"x": None}]},
    }  # fmt: skip
    assert apply(capsys, tmp_path, postgresql.target, [change])[0] == 0
    assert postgresql.run("SELECT v::text FROM j WHERE id = 1") == [('[1, {"x": null}]',)]
    assert main(["undo", postgresql.target, "--last"]) == 0
    capsys.readouterr()
    assert postgresql.run("SELECT id, v::text, b::text FROM j ORDER BY id") == before
    code, said = apply(
        capsys, tmp_path, postgresql.target, [{**change, "before": {"v": {"a": 1, "b": 2.6}}}]
    )
    assert (code, len(said["conflicts"])) == (5, 1)


def test_a_list_is_no_value_of_a_text_column(
    sqlite: SQLiteDatabase, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sqlite.run("CREATE TABLE s (id INTEGER PRIMARY KEY, v JSON)")
    change = {"op": "insert", "table": "s", "after": {"v": [1]}}
    assert apply(capsys, tmp_path, sqlite.target, [change]) == (2, None)
