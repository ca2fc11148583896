"""`query --format insert` puts rows back exactly, or says why it does not."""

import sqlite3
from contextlib import closing

import psycopg
import pytest

from studio.cli.main import main
from studio.sqltext.one_table import one_table
from studio.sqltext.syntax import POSTGRESQL, SQLITE
from tests.edits.test_same_json import MORE
from tests.edits.test_types import PAIRS, TYPES
from tests.postgres import run_sql

ROWS_OF_ONE = (
    "SELECT * FROM t", "select a, b from t where a > 1 order by b limit 3", "table t",
    "SELECT x.a, x.* FROM t AS x WHERE a IN (SELECT 1 UNION SELECT 2)", 'select "a" from "s"."t" u',
    "select t.a from s.t", "SELECT a FROM ONLY t;",
)  # fmt: skip
OTHERS = (
    "select a as b, b as a from t", "select a b from t", "select count(*) from t", "select 1",
    "select a + 1 from t", "select * from t, u", "select * from t join u using (a)", "values (1)",
    "with t as (select 1) select * from t", "select * from (select * from t) t",
    "select * from f()",
    "select a from t union select a from u", "select a from t group by a",
    "select distinct a from t",
    "select a from t where a = 1 union all select 2", "show x",
    "insert into t values (1) returning *",
    "select a::text from t", "select t from t where a = 1 group by t", "select (a) from t",
    "select a[1] from t", "select * from t x (b, a)", "select * from t left join u on true",
    "select max(a) over () as a from t", "select * from t natural join u", "table t union table u",
)  # fmt: skip


@pytest.mark.parametrize("syntax", [POSTGRESQL, SQLITE])
def test_rows_of_one_table_are_told_from_all_others(syntax):
    assert [text for text in ROWS_OF_ONE if one_table(text, syntax).why_not] == []
    assert [text for text in OTHERS if not one_table(text, syntax).why_not] == []


def test_sqlite_takes_its_rows_back(tmp_path, capsys):
    path = tmp_path / "a.db"
    made = (
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v, twice AS (v || v) STORED);"
        "INSERT INTO t (v) VALUES (1.0), (9e999), (-9e999), (x'00ff'), ('a' || char(0) || 'é'),"
        "(cast(x'ff41' as text)), (NULL), (9007199254740993), ('it''s'), (5e-324);"
        "CREATE VIEW w AS SELECT * FROM t"
    )
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(made)
        connection.text_factory = bytes
        stored = "SELECT id, typeof(v), v FROM t ORDER BY id"
        before = connection.execute(stored).fetchall()
        assert main(["query", str(path), "select * from T", "--format", "insert"]) == 0
        replay = capsys.readouterr().out
        assert "twice" not in replay
        connection.executescript(f"DELETE FROM t; {replay}")
        assert connection.execute(stored).fetchall() == before
    for text in ("select v as id from t", "select rowid, id from t", "select * from w"):
        assert main(["query", str(path), text, "--format", "insert"]) == 2
        out, said = capsys.readouterr()
        assert not out
        assert "--table NAME" in said
    given = ["query", str(path), "select 1 as v", "--format", "insert", "--table", "u"]
    assert main(given) == 0
    assert capsys.readouterr().out == 'INSERT INTO "u" ("v") VALUES (1);\n'


def test_postgresql_takes_its_rows_back(postgres, capsys, tmp_path):
    run_sql(
        postgres,
        "CREATE SCHEMA s; CREATE TABLE s.t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
        "f float8, b bytea, d date, x text, twice text GENERATED ALWAYS AS (x || x) STORED);"
        "INSERT INTO s.t (f, b, d, x) VALUES ('Infinity', '\\x00ff', 'infinity', 'it''s \\n'),"
        "('NaN', '', '0044-03-15 BC', E'a\\nb'), (0.1, NULL, NULL, NULL)",
    )
    stored = "SELECT array_agg(t ORDER BY id)::text FROM s.t"
    with psycopg.connect(postgres, autocommit=True) as connection:
        before = connection.execute(stored).fetchall()
        script = tmp_path / "s.sql"
        script.write_text("set search_path = s; set bytea_output = escape; select * from t")
        given = ["query", postgres, "--file", str(script), "--write", "--format", "insert"]
        assert main(given) == 0
        replay = capsys.readouterr().out
        assert '"s"."t"' in replay
        assert "OVERRIDING SYSTEM VALUE" in replay
        connection.execute(f"DELETE FROM s.t; {replay}".encode())
        assert connection.execute(stored).fetchall() == before


RECEIVERS = (
    {},
    {"standard_conforming_strings": "off", "backslash_quote": "off"},
    {"DateStyle": "German", "IntervalStyle": "sql_standard", "TimeZone": "America/St_Johns"},
    {"DateStyle": "SQL, DMY", "IntervalStyle": "iso_8601", "bytea_output": "escape"},
)
"""What the sessions that take the rows are set to."""


@pytest.mark.parametrize("place", range(len(RECEIVERS)))
def test_every_type_is_taken_back_whatever_both_sessions_are_set_to(postgres, capsys, place):
    values = {kind: (*PAIRS[kind], *MORE.get(kind, ())) for kind in PAIRS}
    giver = RECEIVERS[place - 1]
    with psycopg.connect(postgres, autocommit=True) as made:
        for statement in ("SET TimeZone TO 'UTC'", *TYPES):
            made.execute(statement.encode())
        try:
            made.execute("SELECT '<a/>'::xml")
        except psycopg.errors.FeatureNotSupported:
            del values["xml"]
        columns = ", ".join(f"c{number} {kind}" for number, kind in enumerate(values))
        made.execute(f"CREATE TABLE t (id serial, {columns}); CREATE TABLE back (LIKE t)".encode())
        for number, kind in enumerate(values):
            for value in values[kind]:
                made.execute(f"INSERT INTO t (c{number}) VALUES (%s::{kind})".encode(), (value,))
        for setting, value in giver.items():
            made.execute(f"ALTER DATABASE {made.info.dbname} SET {setting} TO '{value}'".encode())
        assert main(["query", postgres, "TABLE t", "--format", "insert"]) == 0
        replay = capsys.readouterr().out.replace('"public"."t"', "back")
        with psycopg.connect(postgres, autocommit=True) as other:
            for setting, value in RECEIVERS[place].items():
                other.execute(f"SET {setting} TO '{value}'".encode())
            other.execute(replay.encode())
        found = "SELECT (SELECT array_agg({0} ORDER BY id) FROM {0})::text"
        stored = [made.execute(found.format(name).encode()).fetchone() for name in ("t", "back")]
        assert stored[0] == stored[1]


def test_what_is_no_column_is_named_as_it_is_written():
    for text, named in (
        ("SELECT a, count(*)\n  AS n FROM t", "count(*) AS n"),
        ("SELECT a, FROM t", "nothing"),
    ):
        assert one_table(text, SQLITE).why_not == f"{named} is no column by its own name"
