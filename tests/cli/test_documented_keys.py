"""Every key that `--json` prints is named in the README of its room."""

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import studio
from studio.cli.main import main
from tests.migrations.projects import database
from tests.migrations.test_drift_each import HISTORY, drizzle
from tests.postgres import run_sql

ROOMS = Path(studio.__file__).parent
NAMED_BY_DATA = {"evidence", "rows_per_loop", "pages"}
"""Objects whose keys are names of tables, loops and numbers."""


def keys(value):
    if isinstance(value, list):
        return {key for item in value for key in keys(item)}
    if not isinstance(value, dict):
        return set()
    inside = (item for key, item in value.items() if key not in NAMED_BY_DATA)
    return set(value) | {key for item in inside for key in keys(item)}


def printed(capsys, *arguments):
    main(list(map(str, arguments)))
    return keys(json.loads(capsys.readouterr().out))


def documented(room):
    spans = re.findall(r"`([^`\n]+)`", (ROOMS / room / "README.md").read_text("utf-8"))
    return {word for span in spans for word in re.findall(r"\w+", span)}


@pytest.fixture
def shop(tmp_path):
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, b INT);"
            "CREATE TABLE u(id INTEGER PRIMARY KEY, t INT);"
            "WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g WHERE i < 3000)"
            "INSERT INTO t SELECT i, i % 50, i % 900 FROM g;"
            "INSERT INTO u SELECT id, id % 70 FROM t; ANALYZE;"
        )
    return path


SQL = (
    "SELECT t.a, (SELECT count(*) FROM u WHERE u.t = t.id) FROM t "
    "LEFT JOIN u ON u.t = t.id WHERE t.b = 7 ORDER BY t.a"
)


def test_explain_on_sqlite(shop, capsys):
    for more in ((), ("--analyze",)):
        assert printed(capsys, "explain", shop, SQL, "--json", *more) <= documented("explain")


def test_explain_of_many_that_fail(shop, tmp_path, capsys):
    file = tmp_path / "two.sql"
    file.write_text(f"{SQL};\nSELECT nothing FROM t;\n")
    found = printed(capsys, "explain", shop, f"@{file}", "--json", "--fail-on", "warning")
    assert {"statements", "statement", "fails", "error"} <= found <= documented("explain")


def test_explain_on_postgresql(postgres, capsys):
    run_sql(
        postgres,
        "CREATE TABLE t AS SELECT i AS id, i % 900 AS b FROM generate_series(1, 30000) i",
        "ANALYZE",
    )
    for more in ((), ("--analyze",)):
        found = printed(capsys, "explain", postgres, "SELECT * FROM t WHERE b = 7", "--json", *more)
        assert "index_hints" in found
        assert found <= documented("explain")


def test_migrations(tmp_path, capsys):
    rows = drizzle(
        tmp_path,
        "CREATE TABLE t (id integer PRIMARY KEY)",
        "DROP TABLE t;",
        columns={"id": "integer"},
    )
    last = tmp_path / "drizzle/meta/0001_snapshot.json"
    last.with_name("0000_snapshot.json").write_text(last.read_text())
    live = (
        f"{HISTORY}CREATE TABLE t (id integer PRIMARY KEY, more text);INSERT INTO t VALUES (1, 2)"
    )
    place = database(tmp_path / "x.db", live, *rows[:1], table="__drizzle_migrations")
    found = printed(capsys, "migrations", tmp_path, "--database", place, "--drift", "--json")
    assert {"entries", "hazards", "drift", "rule", "kind"} <= found <= documented("migrations")
