"""Texts a classifier cannot see through: the database itself keeps them from changing anything."""

import sqlite3
from contextlib import closing

import psycopg
import pytest

from studio.cli.main import main

CALLS = [
    "SELECT acts()",
    "VALUES (acts())",
    "TABLE acting_view",
    "SELECT * FROM LATERAL acts() s",
    "SELECT CASE WHEN true THEN acts() END",
    "SELECT 1 WHERE acts() = 1",
    "SELECT (SELECT max(acts()) FROM t)",
    "WITH RECURSIVE r AS (SELECT acts() UNION ALL SELECT 1 WHERE false) SELECT * FROM r",
    "SELECT * FROM t ORDER BY acts()",
    "SELECT * FROM t LIMIT acts()",
    "SELECT * FROM t TABLESAMPLE bernoulli (acts())",
    "SELECT array_agg(x) FROM (SELECT acts() x) s",
    "SELECT 1 ~~~ 2",
    "SELECT 5::acting_domain",
    "SELECT acting_sum(a) FROM t",
    "EXPLAIN ANALYZE SELECT acts()",
    "EXPLAIN (ANALYZE) VALUES (acts())",
    "EXPLAIN ANALYZE SELECT 1 INTO made",
    "EXPLAIN ANALYZE CREATE MATERIALIZED VIEW made AS SELECT 1",
    "EXPLAIN ANALYZE WITH d AS (DELETE FROM t RETURNING *) SELECT * FROM d",
    "SELECT notifies()",
    "SELECT opens_and_deletes()",
    "SELECT opens(), deletes()",
    "SELECT deletes() FROM (SELECT opens()) x",
    "SELECT opens(); SELECT deletes()",
    "COPY (SELECT acts()) TO STDOUT",
    "DECLARE c CURSOR WITH HOLD FOR SELECT acts()",
    "CALL commits_and_deletes()",
    "SELECT U&\"\\0070g_import_system_collations\"('public')",
    "SELECT U&\"s!0065t_config\" UESCAPE '!' ('transaction_read_only', 'off', true), deletes()",
    "SELECT $a$;$a$; END; DELETE FROM t",
    "SELECT /* */ 1; /*;*/ COMMIT AND CHAIN READ WRITE; DELETE FROM t",
    "SELECT E'\\';COMMIT;DELETE FROM t;--'; DELETE FROM t",
    "(SELECT acts()) UNION ALL (SELECT opens_and_deletes())",
    "SELECT makes_object()",
]
ACTING = """
CREATE TABLE t (a int);
INSERT INTO t VALUES (1), (2);
CREATE FUNCTION acts() RETURNS int LANGUAGE plpgsql AS
  $$BEGIN EXECUTE 'SELECT pg_' || 'import_system_collations(''public'')'; RETURN 1; END$$;
CREATE FUNCTION acts_twice(int, int) RETURNS int LANGUAGE sql AS 'SELECT acts()';
CREATE FUNCTION notifies() RETURNS int LANGUAGE plpgsql AS
  $$BEGIN EXECUTE 'NOTIFY heard'; RETURN 1; END$$;
CREATE FUNCTION opens() RETURNS int LANGUAGE plpgsql AS
  $$BEGIN SET transaction_read_only = off; RETURN 1; END$$;
CREATE FUNCTION deletes() RETURNS int LANGUAGE plpgsql AS
  $$BEGIN DELETE FROM t; RETURN 1; END$$;
CREATE FUNCTION opens_and_deletes() RETURNS int LANGUAGE plpgsql AS
  $$BEGIN PERFORM set_config('transaction_read_only', 'off', true); DELETE FROM t;
    RETURN 1; END$$;
CREATE FUNCTION makes_object() RETURNS int LANGUAGE plpgsql AS
  $$BEGIN PERFORM lo_create(0); RETURN 1; END$$;
CREATE PROCEDURE commits_and_deletes() LANGUAGE plpgsql AS
  $$BEGIN COMMIT; DELETE FROM t; END$$;
CREATE AGGREGATE acting_sum(int) (sfunc = acts_twice, stype = int, initcond = '0');
CREATE OPERATOR ~~~ (leftarg = int, rightarg = int, function = acts_twice);
CREATE DOMAIN acting_domain AS int CHECK (acts() = 1 AND VALUE > 0);
CREATE VIEW acting_view AS SELECT acts();
"""
CONTENTS = """
SELECT (SELECT array_agg(a ORDER BY a) FROM t), (SELECT count(*) FROM pg_class),
       (SELECT count(*) FROM pg_collation), (SELECT count(*) FROM pg_largeobject_metadata),
       (SELECT count(*) FROM pg_proc), (SELECT count(*) FROM pg_replication_slots)
"""


@pytest.fixture(scope="module")
def acting(postgres_server):
    with postgres_server.database() as name:
        with psycopg.connect(postgres_server.url(name), autocommit=True) as connection:
            connection.execute(ACTING)
            # As a new major version finds it: there is something left to import.
            connection.execute("DELETE FROM pg_collation WHERE collprovider = 'c' AND oid > 950")
        yield postgres_server.url(name)


@pytest.mark.parametrize("text", CALLS)
def test_what_functions_do_behind_a_read_is_undone(acting, text):
    with psycopg.connect(acting, autocommit=True) as watching:
        watching.execute("LISTEN heard")
        before = watching.execute(CONTENTS).fetchone()
        assert main(["query", acting, text, "--timeout", "5"]) in {0, 4, 5}
        assert watching.execute(CONTENTS).fetchone() == before
        assert not list(watching.notifies(timeout=0.01))


SQLITE = r"""
WITH x(a) AS (SELECT 1) INSERT INTO t SELECT a + 100, 'z' FROM x
WITH x AS MATERIALIZED (SELECT 1) DELETE FROM t
EXPLAIN PRAGMA user_version = 5
EXPLAIN QUERY PLAN PRAGMA journal_mode = DELETE
EXPLAIN ATTACH 'new.db' AS n
EXPLAIN VACUUM INTO 'new.db'
PRAGMA [user_version] = 9
PRAGMA `user_version`(9)
PRAGMA/**/user_version=9
PRAGMA 'user_version' = 9
PRAGMA incremental_vacuum(3)
PRAGMA wal_checkpoint(TRUNCATE)
PRAGMA optimize(0xfffe)
PRAGMA schema_version = 99
PRAGMA default_cache_size = 77
PRAGMA locking_mode = EXCLUSIVE
PRAGMA writable_schema = RESET
PRAGMA query_only(off); DELETE FROM t
SELECT * FROM pragma_wal_checkpoint
SELECT * FROM pragma_incremental_vacuum
SELECT * FROM pragma_query_only(0); DELETE FROM t
SELECT * FROM pragma_writable_schema(1); UPDATE sqlite_master SET sql = 'x'
INSERT INTO ft(ft) VALUES ('optimize')
INSERT INTO ft(ft, rank) VALUES ('merge', 500)
ATTACH 'file:new.db?mode=rwc' AS n; CREATE TABLE n.t(a)
VACUUM INTO 'file:new.db'
CREATE TEMP TRIGGER tr AFTER INSERT ON t BEGIN DELETE FROM t; END; INSERT INTO t VALUES (9, 'x')
BEGIN EXCLUSIVE; DELETE FROM t; COMMIT
BEGIN; COMMIT; BEGIN IMMEDIATE; DELETE FROM t; END
END; DELETE FROM t
SELECT 1;;;;DELETE FROM t
SELECT [;] FROM (SELECT 1 AS [;]); DELETE FROM t
(DELETE FROM t)
SELECT * FROM (DELETE FROM t RETURNING *)
DELETE FROM sqlite_sequence
""".strip().split("\n")


@pytest.fixture(params=["DELETE", "WAL"])
def file(request, tmp_path):
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "PRAGMA auto_vacuum = 2; CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT);"
            "CREATE TABLE n (a INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO n DEFAULT VALUES;"
            "INSERT INTO t VALUES (1, 'x'), (2, 'y'); CREATE VIRTUAL TABLE ft USING fts5(a);"
            "INSERT INTO ft VALUES ('a b'); CREATE TABLE big AS SELECT zeroblob(90000) x;"
            f"DELETE FROM big; PRAGMA journal_mode = {request.param};"
        )
        connection.execute("INSERT INTO t VALUES (7, 'late')")
        connection.commit()
        yield path


def bytes_of(folder):
    """Every file; the -shm holds read marks, which reading moves."""
    return {f.name: f.read_bytes() for f in folder.iterdir() if not f.name.endswith("-shm")}


@pytest.mark.parametrize("text", SQLITE)
def test_no_further_trick_writes_to_sqlite(file, monkeypatch, text):
    monkeypatch.chdir(file.parent)
    before = bytes_of(file.parent)
    assert main(["query", str(file), text]) in {0, 2, 4, 5}
    assert bytes_of(file.parent) == before


def test_there_are_more_than_thirty_of_each():
    assert min(len(set(CALLS)), len(set(SQLITE))) > 30
