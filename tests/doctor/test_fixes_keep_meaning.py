"""A fix that would make something else mean another thing, or lose a value, is not written."""

import asyncio
import sqlite3
from contextlib import closing

import pytest

from studio.db.session import Session
from studio.db.url import parse
from studio.doctor.run import Asked, examine


def found(path, sql, *only):
    """The first finding of each check on a new file."""
    with closing(sqlite3.connect(path, isolation_level=None)) as made:
        made.executescript(sql)

    async def look():
        session = await Session.open(parse(str(path)))
        try:
            async for report in examine(session, Asked(only=only)):
                last = report
            return {f.check: f for f in reversed(last.findings)}
        finally:
            await session.close()

    return asyncio.run(look())


@pytest.mark.parametrize(
    ("more", "column", "said"),
    [
        ("", "price REAL DEFAULT 1.5", "DEFAULT 1.5"),
        ("", "price REAL CHECK (price > 1)", "a CHECK"),
        ("", "price REAL, twice REAL AS (price * 2)", "a generated column"),
        ("CREATE INDEX dear ON t (id) WHERE price > 1;", "price REAL", "index dear"),
        ("CREATE VIEW v AS SELECT * FROM t; CREATE VIEW w AS SELECT price FROM v;", "price REAL",
         "view v, view w"),
        ("CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT new.price; END;", "price REAL",
         "trigger g"),
    ],
)  # fmt: skip
def test_no_script_to_cents_where_something_else_names_the_price(tmp_path, more, column, said):
    sql = f"CREATE TABLE t (id INTEGER PRIMARY KEY, {column}); {more}"
    one = found(tmp_path / "a.db", sql, "money_as_float")["money_as_float"]
    assert one.fix == ""
    assert said in one.cost


@pytest.mark.parametrize("value", ["'abc'", "1e300", "0.0015", "x'00'"])
def test_a_value_that_is_no_cents_is_listed_and_not_changed(tmp_path, value):
    sql = f"CREATE TABLE t (id INTEGER PRIMARY KEY, price REAL); INSERT INTO t VALUES (1, 19.99), (2, {value});"  # noqa: E501
    one = found(tmp_path / "a.db", sql, "money_as_float")["money_as_float"]
    with closing(sqlite3.connect(tmp_path / "a.db")) as there:
        assert [row[0] for row in there.execute(one.fix)] == [2]


def test_what_is_cents_becomes_cents(tmp_path):
    sql = "CREATE TABLE t (id INTEGER PRIMARY KEY, price REAL); INSERT INTO t VALUES (1, 19.99), (2, 7), (3, NULL); CREATE INDEX i ON t (price);"  # noqa: E501
    one = found(tmp_path / "a.db", sql, "money_as_float")["money_as_float"]
    with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as there:
        there.executescript(one.fix)
        assert [row[0] for row in there.execute("SELECT price FROM t")] == [1999, 700, None]


def test_one_form_of_moments_says_what_the_default_still_writes(tmp_path):
    sql = (
        "CREATE TABLE t (id INTEGER PRIMARY KEY, made_at DEFAULT (datetime('now')));"
        "INSERT INTO t (made_at) VALUES (1760000000000), (1760000000001), ('2026-01-02 03:04:05');"
    )
    one = found(tmp_path / "a.db", sql, "mixed_timestamp_format")["mixed_timestamp_format"]
    assert "DEFAULT" in one.doubt


def test_a_select_copies_no_table(tmp_path):
    sql = "CREATE TABLE t (a TEXT PRIMARY KEY); INSERT INTO t VALUES (NULL);"
    one = found(tmp_path / "a.db", sql, "nullable_primary_key")["nullable_primary_key"]
    assert one.fix.startswith("SELECT")
    assert "copies" not in one.cost


def test_an_empty_index_has_no_row(tmp_path):
    sql = (
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t VALUES (1, 'x'), (2, 'y');"
        "CREATE VIRTUAL TABLE f USING fts5(a, content='t', content_rowid='id');"
    )
    one = found(tmp_path / "a.db", sql, "fts_out_of_sync")["fts_out_of_sync"]
    assert one.says.endswith("rows 1 to 2 there, no row indexed")
