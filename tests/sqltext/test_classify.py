"""What is said of a statement, from its text alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.sqltext.classify import StatementKind, classify, strip_explain
from studio.sqltext.syntax import GENERIC, POSTGRESQL, SQLITE
from tests.sqltext.statements import (
    POSTGRESQL_READS,
    POSTGRESQL_TRICKS,
    SQLITE_READS,
    SQLITE_TRICKS,
)
from tests.sqltext.test_tokens import SYNTAXES, sql

READ, WRITE, SCHEMA, TRANSACTION, UTILITY, UNKNOWN, EMPTY = StatementKind


@given(text=sql, syntax=st.sampled_from(SYNTAXES))
def test_nothing_raises(text, syntax):
    assert classify(text, syntax).kind in StatementKind
    explained = strip_explain(text, syntax)
    assert text[explained.start :] == explained.statement


@pytest.mark.parametrize(
    "text", ["EXPLAIN " * 5000, ";EXPLAIN SELECT 1", "EXPLAIN (" * 5000, "(" * 5000]
)
def test_depth_is_no_danger(text):
    assert classify(text, POSTGRESQL).kind in {READ, UNKNOWN}
    assert classify(text, SQLITE).kind in {READ, UNKNOWN}


@pytest.mark.parametrize("text", SQLITE_READS)
def test_sqlite_reads(text):
    assert classify(text, SQLITE).kind is READ
    assert classify(text, SQLITE).returns_rows


@pytest.mark.parametrize("text", SQLITE_TRICKS)
def test_sqlite_tricks(text):
    assert classify(text, SQLITE).kind is not READ


@pytest.mark.parametrize("text", POSTGRESQL_READS)
def test_postgresql_reads(text):
    assert classify(text, POSTGRESQL).kind is READ
    assert classify(text, POSTGRESQL).returns_rows


@pytest.mark.parametrize("text", POSTGRESQL_TRICKS)
def test_postgresql_tricks(text):
    assert classify(text, POSTGRESQL).kind is not READ


def test_the_lists_are_long():
    assert len(set(SQLITE_TRICKS)) >= 60
    assert len(set(POSTGRESQL_TRICKS)) >= 60


@pytest.mark.parametrize(
    ("text", "syntax", "kind"),
    [
        ("", SQLITE, EMPTY),
        (" -- x\n;", POSTGRESQL, EMPTY),
        ("UPDATE t SET a = 1", SQLITE, WRITE),
        ("REPLACE INTO t VALUES (1)", SQLITE, WRITE),
        ("SELECT 1 INTO x", POSTGRESQL, WRITE),
        ("TRUNCATE t", POSTGRESQL, WRITE),
        ("COPY t FROM STDIN", POSTGRESQL, WRITE),
        ("COPY t TO STDOUT", POSTGRESQL, UTILITY),
        ("CREATE TABLE t (a)", SQLITE, SCHEMA),
        ("EXPLAIN ANALYZE CREATE TABLE t AS SELECT 1", POSTGRESQL, SCHEMA),
        ("GRANT ALL ON t TO x", POSTGRESQL, SCHEMA),
        ("BEGIN", SQLITE, TRANSACTION),
        ("ROLLBACK TO x", SQLITE, TRANSACTION),
        ("SET TRANSACTION READ ONLY", POSTGRESQL, TRANSACTION),
        ("PREPARE TRANSACTION 'x'", POSTGRESQL, TRANSACTION),
        ("PRAGMA user_version = 1", SQLITE, UTILITY),
        ("SET a = 1", POSTGRESQL, UTILITY),
        ("DO 'x'", POSTGRESQL, UNKNOWN),
        ("CALL x()", POSTGRESQL, UNKNOWN),
        ("EXECUTE x", POSTGRESQL, UNKNOWN),
        ("SELECT 1; SELECT 2", SQLITE, UNKNOWN),
        ("\\d t", POSTGRESQL, UNKNOWN),
        ("frobnicate", SQLITE, UNKNOWN),
        ("EXPLAIN EXPLAIN SELECT 1", POSTGRESQL, UNKNOWN),
    ],
)
def test_kinds(text, syntax, kind):
    assert classify(text, syntax).kind is kind


@pytest.mark.parametrize(
    "text",
    [
        r"SELECT 'a\' INTO OUTFILE ' -- '",
        "SELECT 1 /*! INTO OUTFILE 'x' */",
        "SELECT 1 --1 INTO OUTFILE 'x'",
        "SELECT 1 # '\n INTO OUTFILE 'x' -- '",
        "SELECT $$ ' $$ , ' INTO t --'",
        "SELECT [a'b] INTO t --'",
        "SELECT * FROM t LOCK IN SHARE MODE",
        "EXPLAIN ANALYZE DELETE FROM t",
        "EXPLAIN DELETE FROM t",
        "PRAGMA user_version",
        "REPLACE t VALUES (1)",
    ],
)
def test_where_engines_differ_nobody_calls_it_a_read(text):
    assert classify(text, GENERIC).kind is not READ


@pytest.mark.parametrize("text", ["SELECT * FROM `t`", "SHOW TABLES", "EXPLAIN SELECT 1", "DESC t"])
def test_plain_reads_are_reads_everywhere(text):
    assert classify(text, GENERIC).kind is READ


@pytest.mark.parametrize(
    ("text", "returns"),
    [
        ("SELECT 1", True),
        ("SELECT 1 INTO t", False),
        ("SELECT * FROM t FOR UPDATE", True),
        ("DELETE FROM t", False),
        ("DELETE FROM t RETURNING *", True),
        ("WITH x AS (SELECT 1) DELETE FROM t RETURNING *", True),
        ("EXPLAIN DELETE FROM t", True),
        ("CALL p()", None),
        ("EXECUTE p", None),
        ("FETCH 1 FROM c", True),
        ("CREATE TABLE t (a int)", False),
        ("BEGIN", False),
    ],
)
def test_whether_rows_come_back(text, returns):
    assert classify(text, POSTGRESQL).returns_rows is returns


# explain.md §5: the statements a server explains, and those it does not.
@pytest.mark.parametrize(
    ("text", "writes"),
    [
        ("SELECT 1", False),
        ("VALUES (1)", False),
        ("TABLE t", False),
        ("DECLARE c CURSOR FOR SELECT 1", False),
        ("DECLARE c CURSOR FOR SELECT * FROM t FOR UPDATE", True),
        ("INSERT INTO t VALUES (1)", True),
        ("UPDATE t SET a = 1", True),
        ("DELETE FROM t", True),
        ("MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE", True),
        ("EXECUTE p", True),
        ("CREATE TABLE t AS SELECT 1", True),
        ("CREATE TEMP TABLE t AS SELECT 1", True),
        ("CREATE UNLOGGED TABLE IF NOT EXISTS t AS TABLE u", True),
        ("CREATE MATERIALIZED VIEW t AS SELECT 1", True),
        ("REFRESH MATERIALIZED VIEW t", True),
        ("SELECT 1 INTO t", True),
        ("WITH x AS (DELETE FROM t) SELECT 1", True),
        ("SELECT nextval('s')", True),
    ],
)
def test_explainable_on_postgresql(text, writes):
    assert classify(text, POSTGRESQL).is_explainable
    assert classify(text, POSTGRESQL).analyze_writes is writes


@pytest.mark.parametrize(
    "text",
    [
        *("VACUUM", "CREATE TABLE t (a int)", "CALL p()", "TRUNCATE t", "COPY t TO STDOUT"),
        *("SET a = 1", "NOTIFY a", "EXPLAIN SELECT 1", "BEGIN", "DROP TABLE t", "DO 'x'", ""),
        *("CREATE VIEW v AS SELECT 1", "CREATE INDEX i ON t (a)", "SHOW a"),
    ],
)
def test_not_explainable_on_postgresql(text):
    assert not classify(text, POSTGRESQL).is_explainable
    assert not classify(text, POSTGRESQL).analyze_writes


def test_sqlite_explains_without_running():
    assert classify("DELETE FROM t", SQLITE).is_explainable
    assert not classify("DELETE FROM t", SQLITE).analyze_writes
    assert not classify("PRAGMA user_version = 1", SQLITE).is_explainable


@pytest.mark.parametrize(
    "text",
    [
        *("VACUUM", "VACUUM (FULL) t", "CREATE DATABASE x", "DROP DATABASE IF EXISTS x"),
        *("CREATE TABLESPACE x LOCATION '/'", "DROP TABLESPACE x", "ALTER SYSTEM SET a = 1"),
        *("CREATE INDEX CONCURRENTLY ON t (a)", "CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)"),
        *("DROP INDEX CONCURRENTLY i", "REINDEX TABLE CONCURRENTLY t", "REINDEX DATABASE x"),
        *("REINDEX (VERBOSE) INDEX CONCURRENTLY i", "REINDEX (CONCURRENTLY) TABLE t"),
        *("REINDEX SCHEMA s", "REINDEX SYSTEM x", "DISCARD ALL", "CLUSTER"),
        *("CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p", "DROP SUBSCRIPTION s"),
        *("ALTER TABLE t DETACH PARTITION u CONCURRENTLY", "COMMIT PREPARED 'x'"),
        *("ALTER DATABASE x SET TABLESPACE y", "ROLLBACK PREPARED 'x'"),
    ],
)
def test_outside_a_transaction(text):
    assert classify(text, POSTGRESQL).outside_transaction


@pytest.mark.parametrize(
    "text",
    [
        *("CREATE INDEX ON t (a)", "CREATE INDEX concurrently_made ON t (a)", "DROP INDEX i"),
        *("REINDEX TABLE t", "CLUSTER t", "CLUSTER t USING i", "ANALYZE", "COMMIT"),
        *("REFRESH MATERIALIZED VIEW CONCURRENTLY m", "ALTER TABLE t DETACH PARTITION u"),
        *("DISCARD TEMP", "CREATE TABLE t (a int)", "SELECT 1", "REINDEX (VERBOSE) TABLE t"),
    ],
)
def test_inside_a_transaction(text):
    assert not classify(text, POSTGRESQL).outside_transaction


def test_outside_a_transaction_on_sqlite():
    outside = ["VACUUM", "PRAGMA journal_mode = WAL", "PRAGMA foreign_keys = 1", "DETACH x"]
    inside = ["PRAGMA table_info(t)", "SELECT 1", "ATTACH 'x' AS y", "PRAGMA foreign_keys"]
    assert all(classify(text, SQLITE).outside_transaction for text in outside)
    assert not any(classify(text, SQLITE).outside_transaction for text in inside)


@pytest.mark.parametrize(
    ("text", "statement", "analyze", "options"),
    [
        ("EXPLAIN SELECT 1", "SELECT 1", False, ()),
        (
            "explain analyze verbose select 1",
            "select 1",
            True,
            (("ANALYZE", ""), ("VERBOSE", "")),
        ),
        (
            "EXPLAIN (ANALYZE, FORMAT json) SELECT 1",
            "SELECT 1",
            True,
            (("ANALYZE", ""), ("FORMAT", "json")),
        ),
        ("EXPLAIN (ANALYZE off) SELECT 1", "SELECT 1", False, (("ANALYZE", "off"),)),
        ("EXPLAIN (SELECT 1)", "(SELECT 1)", False, ()),
        ("EXPLAIN ((TABLE t))", "((TABLE t))", False, ()),
        ("EXPLAIN (COSTS) (SELECT 1)", "(SELECT 1)", False, (("COSTS", ""),)),
        ("-- why\nEXPLAIN /* x */ SELECT 1", "SELECT 1", False, ()),
        ("EXPLAIN", "", False, ()),
        ("EXPLAIN (", "", False, ()),
    ],
)
def test_stripping_explain(text, statement, analyze, options):
    explained = strip_explain(text, POSTGRESQL)
    assert explained.is_explain
    assert explained.statement == statement
    assert explained.analyze is analyze
    assert explained.options == options


def test_stripping_explain_query_plan():
    explained = strip_explain("EXPLAIN QUERY PLAN SELECT 1", SQLITE)
    assert (explained.statement, explained.query_plan) == ("SELECT 1", True)
    assert not strip_explain("EXPLAIN SELECT 1", SQLITE).query_plan


def test_nothing_to_strip():
    explained = strip_explain(" SELECT 1", POSTGRESQL)
    assert (explained.statement, explained.start, explained.is_explain) == (" SELECT 1", 0, False)
