"""SQLite itself says what changed: that must never have been called a read."""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.sqltext.classify import StatementKind, classify
from studio.sqltext.syntax import SQLITE
from studio.sqltext.tokens import TokenKind, lex
from tests.examples import examples
from tests.sqltext.statements import SQLITE_READS, SQLITE_TRICKS
from tests.sqltext.test_tokens import sql

SCHEMA = """
    PRAGMA auto_vacuum = 2;
    CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT);
    INSERT INTO t VALUES (1, 'x'), (2, 'y'), (3, 'z');
    CREATE INDEX t_b ON t (b);
    CREATE VIEW v AS SELECT a FROM t;
    CREATE TABLE gone (x); INSERT INTO gone VALUES (zeroblob(20000)); DROP TABLE gone;
"""
SESSION = ("query_only", "foreign_keys", "recursive_triggers", "writable_schema", "locking_mode")
READ_ONLY_CODES = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_AUTH}


@pytest.fixture(scope="module")
def original() -> Iterator[bytes]:
    """A small database as bytes, with free pages that PRAGMA incremental_vacuum would give back."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.db"
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(SCHEMA)
        yield path.read_bytes()


def state(connection: sqlite3.Connection, folder: Path) -> list[object]:
    """Everything a statement could have changed, seen from inside and outside."""
    # First, because reading it makes the temporary database appear in the list.
    temporary = connection.execute("SELECT * FROM temp.sqlite_schema").fetchall()
    settings_now = [connection.execute(f"PRAGMA {name}").fetchall() for name in SESSION]
    attached = connection.execute("PRAGMA database_list").fetchall()
    files = sorted((file.name, file.read_bytes()) for file in folder.iterdir())
    return [settings_now, attached, temporary, connection.in_transaction, files]


def run(connection: sqlite3.Connection, text: str) -> sqlite3.Error | None:
    try:
        connection.execute(text, [None] * 4 if "?1" in text else ()).fetchall()
    except (sqlite3.Error, sqlite3.Warning) as error:
        return error if isinstance(error, sqlite3.Error) else None
    return None


def is_refused_as_write(error: sqlite3.Error | None) -> bool:
    code = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF in READ_ONLY_CODES


def changes(original: bytes, text: str) -> bool:
    """Whether the statement changes a database, a file beside it, or the session."""
    home = Path.cwd()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "a.db"
        path.write_bytes(original)
        os.chdir(folder)
        try:
            with closing(sqlite3.connect(path, isolation_level=None)) as connection:
                before = state(connection, folder)
                run(connection, text)
                after = state(connection, folder)
            uri = f"{path.as_uri()}?mode=ro"
            path.write_bytes(original)
            with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
                refused = is_refused_as_write(run(connection, text))
        finally:
            os.chdir(home)
            keep_temporary_files_where_they_were()
    return before != after or refused


def keep_temporary_files_where_they_were() -> None:
    """One of the statements moves those of every connection of this process, to a folder that
    goes: what spills later would find none.
    """
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("PRAGMA temp_store_directory = ''")


@pytest.mark.parametrize("text", SQLITE_READS)
def test_reads_change_nothing(original, text):
    assert not changes(original, text)


def test_most_tricks_do_write(original):
    """The list is made of real writes: if the engine refused them all, it would prove nothing."""
    usable = [text for text in SQLITE_TRICKS if "\0" not in text and "wal" not in text.lower()]
    assert sum(changes(original, text) for text in usable) >= 45


@pytest.mark.parametrize("text", SQLITE_TRICKS)
def test_what_changes_a_database_is_no_read(original, text):
    if changes(original, text):
        assert classify(text, SQLITE).kind is not StatementKind.READ


gaps = st.sampled_from([" ", "\n", "/**/", " /* SELECT */ ", "\t", "\f", "--x\n", "-- a\rb\n"])
prefixes = st.sampled_from(
    ["", "", "", "EXPLAIN ", "EXPLAIN QUERY PLAN ", ";", "/* */", "WITH q AS (SELECT 1) "]
)
suffixes = st.sampled_from(["", "", ";", " -- ;", "; --", " RETURNING *", " LIMIT 1", ";;"])


@st.composite
def disguised(draw: st.DrawFn) -> str:
    """A statement with its spacing, case and surroundings changed."""
    text = draw(st.sampled_from(SQLITE_TRICKS + SQLITE_READS))
    recase = draw(st.sampled_from([str.lower, str.upper, str.swapcase, str]))
    parts = [
        draw(gaps) if token.kind is TokenKind.SPACE else recase(token.text)
        for token in lex(text, SQLITE)
    ]
    return draw(prefixes) + "".join(parts) + draw(suffixes)


WORDS = """
    SELECT WITH VALUES INSERT INTO UPDATE DELETE REPLACE FROM SET t x a b AS ( ) , * = 1 'x' WHERE
    CREATE TABLE DROP VIEW PRAGMA user_version EXPLAIN QUERY PLAN RETURNING DEFAULT . ; NOT ALL
    MATERIALIZED RECURSIVE UNION ORDER BY LIMIT "t" [t] `t` 'DELETE' -- /* */ CASE END BEGIN ON
    COMMIT ANALYZE REINDEX VACUUM journal_mode writable_schema query_only CONFLICT DO NOTHING
"""
words = st.sampled_from(WORDS.split())
grammar = st.one_of(disguised(), st.lists(words, max_size=12).map(" ".join), sql)


@settings(max_examples=examples(400), deadline=None)
@given(text=grammar)
def test_whatever_changes_a_database_is_never_a_read(original, text):
    if classify(text, SQLITE).kind is StatementKind.READ:
        assert not changes(original, text)


PRAGMAS = [row[0] for row in sqlite3.connect(":memory:").execute("PRAGMA pragma_list")]


@pytest.mark.parametrize(
    "form", ["PRAGMA {}", "PRAGMA {}(1)", "PRAGMA main.{} = 2", "EXPLAIN PRAGMA {}=1"]
)
@pytest.mark.parametrize("name", PRAGMAS)
def test_every_pragma_of_this_sqlite(original, name, form):
    text = form.format(name)
    if classify(text, SQLITE).kind is StatementKind.READ:
        assert not changes(original, text)


MODULES = [row[0] for row in sqlite3.connect(":memory:").execute("PRAGMA module_list")]


@pytest.mark.parametrize("name", [*MODULES, *(f"pragma_{name}" for name in PRAGMAS)])
def test_reading_any_built_in_table_changes_nothing(original, name):
    assert classify(f"SELECT * FROM {name}", SQLITE).kind is StatementKind.READ
    assert not changes(original, f"SELECT * FROM {name}")
    assert not changes(original, f"SELECT * FROM {name}(1)")
