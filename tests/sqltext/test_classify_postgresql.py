"""PostgreSQL says what it would not do read-only: that must never have been called a read."""

from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.sqltext.classify import StatementKind, classify
from studio.sqltext.split import split
from studio.sqltext.syntax import POSTGRESQL
from studio.sqltext.tokens import TokenKind, lex
from tests.examples import examples
from tests.postgres import Server
from tests.sqltext.statements import POSTGRESQL_READS, POSTGRESQL_TRICKS
from tests.sqltext.test_tokens import sql

SCHEMA = """
    CREATE TABLE t (a int PRIMARY KEY, b text);
    INSERT INTO t VALUES (1, 'x'), (2, 'y'), (3, 'z');
    CREATE SEQUENCE s;
    CREATE MATERIALIZED VIEW m AS SELECT 1;
    CREATE PROCEDURE pr() LANGUAGE sql AS 'DELETE FROM t';
    CREATE FUNCTION hidden() RETURNS int LANGUAGE sql AS 'DELETE FROM t RETURNING a';
"""
REFUSED = {"25006", "25001", "25000"}
"""Read-only transaction; may not run in a transaction block; another transaction state."""
OUTSIDE_SQL = (
    *("PROGRAM", "SYSTEM", "lo_import", "WAL", "CLUSTER", "REINDEX", "DATABASE", "VACUUM"),
    "PREPARE TRANSACTION",
)
"""What the tests leave alone: slow, or beyond this database."""


@pytest.fixture(scope="module")
def conninfo(postgres_server: Server) -> Iterator[str]:
    with postgres_server.database() as name:
        conninfo = postgres_server.conninfo(name)
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute(SCHEMA)
        yield conninfo


def attempt(conninfo: str, begin: str, text: str) -> tuple[str, bool]:
    """The SQLSTATE a statement ends with, and whether it took a transaction id; rolled back."""
    # Closing without COMMIT is the rollback, and works in the middle of a COPY too.
    with closing(psycopg.connect(conninfo, autocommit=True)) as connection:
        connection.execute("PREPARE p AS DELETE FROM t")
        # A first temporary name costs a transaction id of its own, also where it is only planned.
        connection.execute("CREATE TEMP TABLE warm ()")
        connection.execute(begin)
        connection.execute("SET LOCAL statement_timeout = '2s'")
        try:
            connection.execute(text.encode())
            answer = connection.execute("SELECT pg_current_xact_id_if_assigned()").fetchone()
        except psycopg.Error as error:
            return error.sqlstate or "none", False
        return "", bool(answer and answer[0])


def writes(conninfo: str, text: str) -> bool:
    """Whether the server refuses it read-only, or gives it a transaction id when it may write."""
    if "\0" in text:
        return False
    refused, _ = attempt(conninfo, "BEGIN READ ONLY", text)
    _, assigned = attempt(conninfo, "BEGIN READ WRITE", text)
    return refused in REFUSED or assigned


def is_tame(text: str) -> bool:
    return not any(word.lower() in text.lower() for word in OUTSIDE_SQL)


@pytest.mark.parametrize("text", POSTGRESQL_READS)
def test_reads_write_nothing(conninfo, text):
    assert not writes(conninfo, text)
    state, _ = attempt(conninfo, "BEGIN READ ONLY", text)
    assert state in {"", "55000"}


def test_most_tricks_do_write(conninfo):
    """The list is made of real writes: if the server refused them all, it would prove nothing."""
    tame = [text for text in POSTGRESQL_TRICKS if is_tame(text)]
    assert sum(writes(conninfo, text) for text in tame) >= 60


@pytest.mark.parametrize("text", [text for text in POSTGRESQL_TRICKS if is_tame(text)])
def test_what_writes_is_no_read(conninfo, text):
    if writes(conninfo, text):
        assert classify(text, POSTGRESQL).kind is not StatementKind.READ


def test_a_function_of_the_user_hides_its_writes(conninfo):
    """The limit of text: the classifier calls it a read, and the database refuses it."""
    assert classify("SELECT hidden()", POSTGRESQL).kind is StatementKind.READ
    assert attempt(conninfo, "BEGIN READ ONLY", "SELECT hidden()")[0] == "25006"


gaps = st.sampled_from([" ", "\n", "/**/", " /* /* SELECT */ */ ", "\t", "\v", "--x\n", "-- a\r"])
prefixes = st.sampled_from(
    [
        *("", "", "", "EXPLAIN ", "EXPLAIN ANALYZE ", "EXPLAIN (ANALYZE) ", "EXPLAIN (COSTS off) "),
        *(";", "/* */", "WITH q AS (SELECT 1) ", "EXPLAIN (ANALYZE 0) "),
    ]
)
suffixes = st.sampled_from(["", "", ";", " -- ;", "; --", " RETURNING *", " LIMIT 1", " FOR SHARE"])


@st.composite
def disguised(draw: st.DrawFn) -> str:
    """A statement with its spacing, case and surroundings changed."""
    text = draw(st.sampled_from([t for t in POSTGRESQL_TRICKS + POSTGRESQL_READS if is_tame(t)]))
    recase = draw(st.sampled_from([str.lower, str.upper, str.swapcase, str]))
    parts = [
        draw(gaps) if token.kind is TokenKind.SPACE else recase(token.text)
        for token in lex(text, POSTGRESQL)
    ]
    return draw(prefixes) + "".join(parts) + draw(suffixes)


WORDS = r"""
    SELECT WITH VALUES INSERT INTO UPDATE DELETE MERGE FROM SET t x a b AS ( ) , * = 1 'x' WHERE
    CREATE TABLE DROP VIEW EXPLAIN ANALYZE RETURNING DEFAULT . ; NOT ALL MATERIALIZED RECURSIVE
    UNION ORDER BY LIMIT "t" 'DELETE' -- /* */ CASE END ON FOR SHARE KEY NO CONFLICT DO NOTHING
    nextval ('s') USING MATCHED THEN SHOW work_mem TEMP $$ E'\'' :: int $1
"""
words = st.sampled_from(WORDS.split())
grammar = st.one_of(disguised(), st.lists(words, max_size=12).map(" ".join), sql)


@settings(max_examples=examples(300), deadline=None, suppress_health_check=list(HealthCheck))
@given(text=grammar)
def test_whatever_writes_is_never_a_read(conninfo, text):
    if classify(text, POSTGRESQL).kind is StatementKind.READ and is_tame(text):
        assert not writes(conninfo, text)


BODIES = [
    ("CREATE FUNCTION zz() RETURNS int LANGUAGE sql BEGIN ATOMIC {} END", "SELECT 1; SELECT 2;"),
    ("CREATE FUNCTION zz() RETURNS int BEGIN ATOMIC {} END", "SELECT CASE WHEN true THEN 1 END;"),
    (
        "CREATE PROCEDURE zz() BEGIN ATOMIC {} END",
        "INSERT INTO t VALUES (8, ';'); SELECT 1 AS end;",
    ),
    ("CREATE RULE zz AS ON DELETE TO t DO ALSO ({})", "SELECT 1; SELECT 2"),
    ("DO $x$ {} $x$", "BEGIN PERFORM 1; PERFORM $$;$$; END;"),
]


@pytest.mark.parametrize(("frame", "body"), BODIES)
def test_the_server_takes_bodies_whole(conninfo, frame, body):
    statement = frame.format(body)
    one, two = split(f"{statement}; SELECT 1", POSTGRESQL)
    assert (one.text, two.text) == (statement, "SELECT 1")
    assert attempt(conninfo, "BEGIN", one.text)[0] == ""


@settings(max_examples=examples(150), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    parts=st.lists(
        st.sampled_from(["SELECT ';'", "SELECT $$;$$", r"SELECT E'\';'", *POSTGRESQL_READS[:12]])
    )
)
def test_the_server_counts_as_many_statements(conninfo, parts):
    """The simple protocol sends one result for each statement the server's own parser saw."""
    text = ";\n".join(parts)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        cursor = connection.execute(text.encode())
        results = 1
        while cursor.nextset():
            results += 1
    assert results == max(1, sum(bool(statement.text) for statement in split(text, POSTGRESQL)))
