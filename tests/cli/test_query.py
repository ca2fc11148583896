"""`studio query`: rows in every format, and no text that talks it into writing."""

import io
import json
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from studio.cli.main import main
from studio.export.header import Header
from studio.export.registry import row_writer
from studio.model.relation import TableRef
from tests.sqltext.statements import (
    POSTGRESQL_READS,
    POSTGRESQL_TRICKS,
    SQLITE_READS,
    SQLITE_TRICKS,
)

DONE, USAGE, UNREACHED, REFUSED, UNSAFE = 0, 2, 3, 4, 5


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TABLE u (a INTEGER PRIMARY KEY, b TEXT, c BLOB);"
            "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT);"
            "CREATE VIEW v AS SELECT a FROM t;"
            "INSERT INTO u VALUES (1, 'x,y', x'00ff'), (2, NULL, NULL), (3, 'it''s', x'');"
            "INSERT INTO t SELECT a, b FROM u;"
        )
    return path


def folder_bytes(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


# -- reading only ----------------------------------------------------------------------------------

SCRIPTS = [
    "SELECT 1; COMMIT; DELETE FROM t",
    "BEGIN; DELETE FROM t; COMMIT",
    "COMMIT; BEGIN IMMEDIATE; DELETE FROM t; COMMIT",
    "PRAGMA query_only = 0; DELETE FROM t",
    "PRAGMA writable_schema = 1; UPDATE sqlite_schema SET sql = ''",
    "ATTACH 'a.db' AS again; DELETE FROM again.t",
    "SAVEPOINT s; DELETE FROM t; RELEASE s",
]


@pytest.mark.parametrize("text", [*SQLITE_TRICKS, *SCRIPTS])
def test_no_trick_writes_to_sqlite(database, monkeypatch, text):
    monkeypatch.chdir(database.parent)
    before = folder_bytes(database.parent)
    assert main(["query", str(database), text]) in {DONE, REFUSED, UNSAFE, USAGE}
    assert folder_bytes(database.parent) == before


@pytest.mark.parametrize("text", [read for read in SQLITE_READS if "?1" not in read])
def test_reads_are_answered_by_sqlite(database, text):
    code = main(["query", str(database), text, "--format", "json"])
    assert code == DONE or "EXPLAIN ATTACH" in text or "EXPLAIN VACUUM" in text


PG_SCRIPTS = [
    "COMMIT; DELETE FROM t",
    "SELECT 1; ROLLBACK; DELETE FROM t",
    "SET default_transaction_read_only = off; DELETE FROM t",
    "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE; DELETE FROM t",
    "SET TRANSACTION READ WRITE; DELETE FROM t",
    "SELECT set_config('default_transaction_read_only', 'off', false); DELETE FROM t",
    "SELECT set_config('transaction_read_only', 'off', false), hidden()",
    "SELECT hidden()",
    "EXPLAIN ANALYZE SELECT hidden()",
    "EXPLAIN ANALYZE SELECT hidden(); COMMIT; SELECT hidden()",
    "EXPLAIN SELECT '\\'' ; COMMIT; DELETE FROM t; --'",
    "DO $$ BEGIN COMMIT; DELETE FROM t; END $$",
    "PREPARE q AS DELETE FROM t; EXECUTE q",
    "DECLARE c CURSOR WITH HOLD FOR DELETE FROM t; FETCH ALL FROM c",
    "SELECT 1 FROM t) ; DELETE FROM t; --",
    "SELECT pg_catalog.lo_export(1, '{file}')",
    "COPY t TO PROGRAM 'cat > {file}'",
    "/**/COPY t TO PROGRAM 'cat > {file}'",
    "COPY t TO '{file}'",
    "COPY (SELECT 1) TO PROGRAM 'cat > {file}'",
    "DO $$ BEGIN COPY t TO PROGRAM 'cat > {file}'; END $$",
    "EXPLAIN ANALYZE EXECUTE p; COPY t TO '{file}'",
    "SET SESSION AUTHORIZATION DEFAULT; DELETE FROM t",
    "ALTER DATABASE postgres SET default_transaction_read_only = off",
    "ALTER ROLE postgres SET default_transaction_read_only = off",
]


@pytest.fixture(scope="module")
def server_database(postgres_server):
    with postgres_server.database() as name:
        url = postgres_server.url(name)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                "CREATE TABLE t (a int PRIMARY KEY, b text);"
                "INSERT INTO t VALUES (1, 'x,y'), (2, NULL), (3, 'it''s');"
                "CREATE SEQUENCE s; CREATE MATERIALIZED VIEW m AS SELECT 1;"
                "CREATE PROCEDURE pr() LANGUAGE sql AS 'DELETE FROM t';"
                "CREATE FUNCTION hidden() RETURNS int LANGUAGE sql AS 'DELETE FROM t RETURNING a'"
            )
        yield url


def contents(url: str) -> list[tuple[object, ...]]:
    """Everything of the database a statement could have changed."""
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(
            "SELECT (SELECT array_agg(t ORDER BY a)::text FROM t), s.last_value, s.is_called, "
            "(SELECT count(*) FROM pg_class), (SELECT max(xmin::text::bigint) FROM pg_class), "
            "(SELECT count(*) FROM pg_largeobject_metadata), (SELECT count(*) FROM pg_database), "
            "(SELECT count(*) FROM pg_db_role_setting), (SELECT count(*) FROM pg_description), "
            "(SELECT count(*) FROM pg_prepared_xacts), (SELECT count(*) FROM pg_proc) FROM s"
        ).fetchall()


@pytest.mark.parametrize("text", [*POSTGRESQL_TRICKS, *PG_SCRIPTS])
def test_no_trick_writes_to_postgresql(server_database, postgres_server, text):
    file = postgres_server.folder / "stolen"
    before = contents(server_database)
    code = main(["query", server_database, text.replace("{file}", str(file)), "--timeout", "5"])
    assert code in {DONE, REFUSED, UNSAFE}
    assert contents(server_database) == before
    assert not file.exists()


@pytest.mark.parametrize("text", POSTGRESQL_READS)
def test_reads_are_answered_by_postgresql(server_database, text):
    assert main(["query", server_database, text, "--format", "json"]) == DONE or "currval" in text


def test_the_lists_are_long():
    assert len({*SQLITE_TRICKS, *SCRIPTS}) >= 60
    assert len({*POSTGRESQL_TRICKS, *PG_SCRIPTS}) >= 60


# -- formats ---------------------------------------------------------------------------------------

EXPECTED = {
    "table": "a  b     c\n─  ────  ──────\n1  x,y   \\x00ff\n2  NULL  NULL\n3  it's  \\x\n",
    "csv": 'a,b,c\n1,"x,y",\\x00ff\n2,,\n3,it\'s,\\x\n',
    "tsv": "a\tb\tc\n1\tx,y\t\\\\x00ff\n2\t\\N\t\\N\n3\tit's\t\\\\x\n",
    "insert": (
        'INSERT INTO "u" ("a", "b", "c") VALUES (1, \'x,y\', X\'00ff\');\n'
        'INSERT INTO "u" ("a", "b", "c") VALUES (2, NULL, NULL);\n'
        'INSERT INTO "u" ("a", "b", "c") VALUES (3, \'it\'\'s\', X\'\');\n'
    ),
}


@pytest.mark.parametrize("form", EXPECTED)
def test_formats(database, capsys, form):
    assert main(["query", str(database), "SELECT * FROM u", "--format", form]) == DONE
    assert capsys.readouterr().out == EXPECTED[form]


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_json(database, capsys, form):
    assert main(["query", str(database), "SELECT * FROM u", "--format", form]) == DONE
    out = capsys.readouterr().out
    rows = json.loads(out) if form == "json" else [json.loads(line) for line in out.splitlines()]
    assert rows == [
        {"a": 1, "b": "x,y", "c": {"$type": "bytes", "hex": "00ff"}},
        {"a": 2, "b": None, "c": None},
        {"a": 3, "b": "it's", "c": {"$type": "bytes", "hex": ""}},
    ]


def test_json_of_postgresql_types(server_database, capsys):
    def decimal(digits):
        return {"$type": "decimal", "text": digits}

    text = f"SELECT 1 AS i, 1.50 AS d, true AS b, {'1' * 20} AS n, 'x' AS i, NULL AS z"
    assert main(["query", server_database, text, "--format", "json"]) == DONE
    assert json.loads(capsys.readouterr().out) == [
        {"i": 1, "d": decimal("1.50"), "b": True, "n": decimal("1" * 20), "i_2": "x", "z": None}
    ]


def test_no_rows_is_an_empty_list(database, capsys):
    assert main(["query", str(database), "SELECT a FROM t WHERE 0", "--format", "json"]) == DONE
    assert json.loads(capsys.readouterr().out) == []


# -- parameters, limits, files, writing ------------------------------------------------------------


@pytest.mark.parametrize("engine", ["database", "server_database"])
def test_parameters_are_bound(request, capsys, engine):
    target = str(request.getfixturevalue(engine))
    text = "SELECT a, '1:id %' AS s FROM t WHERE a = :id AND b IS NULL"
    assert main(["query", target, text, "--param", "id=2", "--format", "csv"]) == DONE
    assert capsys.readouterr().out == "a,s\n2,1:id %\n"


def test_a_column_is_headed_by_the_parameter_that_was_written(database, capsys):
    text = "SELECT :a, @b + 1"
    given = ("--param", "a=1", "--param", "b=2", "--format", "csv")
    assert main(["query", str(database), text, *given]) == DONE
    assert capsys.readouterr().out == ":a,@b + 1\n1,3\n"
    assert main(["query", str(database), text, *given[:2]]) == REFUSED
    assert "no value was given for :b" in capsys.readouterr().err


def test_at_most_so_many_rows(database, capsys):
    text = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
    assert main(["query", str(database), text, "--max-rows", "3", "--format", "csv"]) == DONE
    assert capsys.readouterr().out == "i\n1\n2\n3\n"


def test_a_timeout_stops_the_statement(database, capsys):
    text = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT max(i) FROM n"
    assert main(["query", str(database), text, "--timeout", "0.1"]) == REFUSED
    assert "stopped after 0.1 s" in capsys.readouterr().err


def test_a_timeout_bounds_connecting(monkeypatch, capsys):
    monkeypatch.setattr("studio.db.lane._STOP_S", 3600)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"host=127.0.0.1 port={silent.getsockname()[1]} connect_timeout=3600"
        assert main(["query", address, "SELECT 1", "--timeout", "0.1"]) == UNREACHED
    assert "did not answer within 0.1 s" in capsys.readouterr().err


def test_a_file_appears_only_when_whole(database, tmp_path):
    out = tmp_path / "out.csv"
    broken = "SELECT a FROM t; SELECT nonsense"
    arguments = ["query", str(database), "--format", "csv", "--output", str(out)]
    assert main([*arguments, broken]) == REFUSED
    assert not out.exists()
    assert main([*arguments, "SELECT a FROM t"]) == DONE
    assert out.read_text() == "a\n1\n2\n3\n"
    assert {file.name for file in tmp_path.iterdir()} == {"a.db", "out.csv"}


def test_an_error_says_where(database, capsys):
    assert main(["query", str(database), "SELECT\n 1 frm t"]) == REFUSED
    assert "line 2, column 8" in capsys.readouterr().err


@pytest.mark.parametrize("engine", ["database", "server_database"])
def test_writing_is_one_transaction(request, capsys, engine):
    target = str(request.getfixturevalue(engine))
    failing = "UPDATE t SET b = 'z'; SELECT nonsense"
    assert main(["query", target, failing, "--write"]) == REFUSED
    count = ["query", target, "SELECT count(*) AS n FROM t WHERE b = 'z'", "--format", "csv"]
    capsys.readouterr()
    assert main(count) == DONE
    assert capsys.readouterr().out == "n\n0\n"
    assert main(["query", target, "UPDATE t SET b = 'z'", "--write"]) == DONE
    assert "3 rows changed" in capsys.readouterr().err
    assert main(count) == DONE
    assert capsys.readouterr().out == "n\n3\n"


def test_vacuum_runs_outside_a_transaction(database):
    assert main(["query", str(database), "VACUUM", "--write"]) == DONE


@pytest.mark.parametrize("text", ["", " -- nothing\n;", "@/nowhere.sql"])
def test_nothing_to_run_is_usage(database, text):
    assert main(["query", str(database), text]) == USAGE


@pytest.mark.parametrize(("value", "written"), [(float("inf"), "'inf'"), (float("nan"), "'nan'")])
def test_numbers_without_a_spelling_are_quoted(value, written):
    out = io.StringIO()
    header = Header(("a",), (), TableRef(None, "u"))
    row_writer("insert", out, header).write([(value,), (10**400,)])
    first, second = out.getvalue().splitlines()
    assert first == f'INSERT INTO "u" ("a") VALUES ({written});'
    assert second == f'INSERT INTO "u" ("a") VALUES ({10**400});'
