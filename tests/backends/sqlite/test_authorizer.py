"""A look at a file cannot be talked into acting; and what only tells something is answered."""

import asyncio
import os
import sqlite3
from contextlib import aclosing, closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.util import await_only

from studio.backends.base import Purpose
from studio.backends.sqlite.authorizer import looking
from studio.db.session import Session
from studio.db.statements import read, refuse_beyond_read_only
from studio.db.url import parse
from studio.explain.run import Request, explain
from studio.model.errors import Refused, StatementFailed, StudioError
from studio.sqltext.split import split
from studio.sqltext.syntax import SQLITE
from tests.spellings import SQLITE_GAPS, SQLITE_NAMES, SQLITE_PLACES, calls

EXAMPLES = int(os.environ.get("STUDIO_TRICKS", "60"))
"""STUDIO_TRICKS=3000 is the long run."""
A_SESSION = 10
"""Statements tried in one session."""
FUNCTIONS = {
    "load_extension": "'made.so'",
    "fts3_tokenizer": "'simple'",
    "optimize": "ft",
    "fts5": "NULL",
    "sqlite_log": "1, 'made'",
    "acts": "1",
    "writefile": "'made', 'x'",
    "edit": "'made'",
    "readfile": "'a.db'",
    "zipfile": "'made', 'x'",
    "sqlar_compress": "'x'",
    "shell_add_schema": "'x'",
}
"""SQLite's own that act or hand out its insides, its shell's, and one that the tests add."""
WITHOUT_CALL = """
SELECT * FROM acting_view
SELECT * FROM over_view
SELECT * FROM t JOIN acting_view
WITH v AS (SELECT * FROM over_view) SELECT 1 FROM v
SELECT * FROM "acting_view"
SELECT (SELECT x FROM acting_view)
SELECT * FROM pragma_wal_checkpoint
SELECT * FROM pragma_user_version(9)
SELECT * FROM pragma_query_only(0)
SELECT * FROM pragma_optimize
PRAGMA user_version = 9
PRAGMA [user_version](9)
PRAGMA main . user_version = 9
PRAGMA journal_mode(DELETE)
PRAGMA journal_mode = MEMORY
PRAGMA wal_checkpoint(TRUNCATE)
PRAGMA optimize
PRAGMA incremental_vacuum(3)
PRAGMA temp_store_directory = '.'
PRAGMA data_store_directory = '.'
PRAGMA writable_schema = 1
PRAGMA trusted_schema = 1
PRAGMA query_only = 0
PRAGMA locking_mode = EXCLUSIVE
PRAGMA mmap_size = 9
PRAGMA cache_spill = 1
PRAGMA hard_heap_limit = 9
PRAGMA secure_delete = 1
PRAGMA auto_vacuum = 1
PRAGMA encoding = 'UTF-16'
PRAGMA schema_version = 5
PRAGMA application_id = 5
PRAGMA synchronous = 0
PRAGMA foreign_keys = 0
EXPLAIN PRAGMA user_version = 9
EXPLAIN QUERY PLAN PRAGMA journal_mode = DELETE
ATTACH 'made.db' AS m
ATTACH DATABASE 'file:made.db?mode=rwc' AS m
ATTACH '' AS m
EXPLAIN ATTACH 'made.db' AS m
DETACH main
VACUUM
VACUUM INTO 'made.db'
VACUUM main INTO 'file:made.db'
CREATE TEMP TABLE made AS SELECT 1
CREATE TEMPORARY VIEW made AS SELECT 1
CREATE TEMP TRIGGER made AFTER INSERT ON t BEGIN SELECT 1; END
CREATE TABLE temp.made (a)
CREATE VIRTUAL TABLE made USING fts5(a)
CREATE VIRTUAL TABLE temp.made USING fts5vocab(main, ft5, row)
CREATE VIRTUAL TABLE temp.made USING dbstat(main)
CREATE TABLE made (a)
CREATE INDEX made ON t (a)
CREATE VIEW made AS SELECT 1
DROP TABLE t
DROP VIEW acting_view
DROP TABLE ft
ALTER TABLE t RENAME TO u
ALTER TABLE t ADD COLUMN c
REINDEX
ANALYZE
INSERT INTO t VALUES (99, 'x')
INSERT INTO t SELECT a + 50, b FROM t
REPLACE INTO t VALUES (1, 'x')
UPDATE t SET b = 'x'
UPDATE t SET b = 'x' RETURNING a
DELETE FROM t
DELETE FROM t RETURNING *
WITH x AS (SELECT 1) DELETE FROM t
INSERT INTO ft (ft) VALUES ('optimize')
INSERT INTO ft5 (ft5) VALUES ('rebuild')
INSERT INTO t VALUES (98, 'x') ON CONFLICT DO NOTHING
BEGIN; DELETE FROM t; COMMIT
COMMIT
ROLLBACK
SAVEPOINT s
RELEASE s
END; DELETE FROM t
SELECT 1; DELETE FROM t
EXPLAIN SELECT * FROM acting_view
EXPLAIN QUERY PLAN SELECT * FROM over_view
UPDATE sqlite_schema SET sql = ''
DELETE FROM sqlite_sequence
""".strip().splitlines()
READS = """
SELECT 1
SELECT * FROM t
SELECT * FROM ft WHERE ft MATCH 'row'
SELECT snippet(ft), offsets(ft), matchinfo(ft) FROM ft WHERE ft MATCH 'row'
SELECT highlight(ft5, 0, '[', ']'), bm25(ft5) FROM ft5 WHERE ft5 MATCH 'row' ORDER BY rank
SELECT * FROM rt WHERE low > 0
SELECT abs(-1), changes(), char(65), coalesce(NULL, 1), format('%d', 1), printf('%s', 'x')
SELECT glob('a*', 'ab'), 'ab' GLOB 'a*', hex('x'), ifnull(NULL, 1), iif(1, 2, 3), instr('ab', 'b')
SELECT last_insert_rowid(), length('x'), 'ab' LIKE 'a%', lower('X'), upper('x'), ltrim(' a')
SELECT max(1, 2), min(1, 2), nullif(1, 1), quote('x'), random() IS NOT NULL, hex(randomblob(2))
SELECT replace('ab', 'b', 'c'), round(1.5), rtrim('a '), sign(-1), soundex('x') FROM t
SELECT substr('abc', 2), substring('abc', 2, 1), total_changes(), trim(' a '), unicode('a')
SELECT likely(1), unlikely(1), likelihood(1, 0.5), zeroblob(3), sqlite_version(), sqlite_source_id()
SELECT date('now'), time('now'), datetime('now', '-1 day'), julianday('now'), strftime('%Y', 'now')
SELECT unixepoch('now'), current_date, current_time, current_timestamp
SELECT acos(0), ceil(1.5), cos(0), degrees(1), exp(1), floor(1.5), ln(2), log(10), mod(7, 3)
SELECT pi(), pow(2, 3), power(2, 3), radians(1), sin(0), sqrt(4), tan(0), trunc(1.5), atan2(1, 1)
SELECT avg(a), count(*), group_concat(b, ','), max(a), min(a), sum(a), total(a) FROM t
SELECT row_number() OVER (), rank() OVER (ORDER BY a), lag(a) OVER (ORDER BY a) FROM t
SELECT ntile(2) OVER (ORDER BY a), first_value(a) OVER (), nth_value(a, 2) OVER () FROM t
SELECT cume_dist() OVER (ORDER BY a), percent_rank() OVER (ORDER BY a), dense_rank() OVER () FROM t
SELECT json('{}'), json_array(1), json_object('a', 1), json_extract('{"a":1}', '$.a')
SELECT '{"a":1}' -> 'a', '{"a":1}' ->> 'a', json_type('1'), json_valid('{}'), json_quote('x')
SELECT json_set('{}', '$.a', 1), json_remove('{"a":1}', '$.a'), json_patch('{}', '{"a":1}')
SELECT json_group_array(a), json_group_object(b, a) FROM t
SELECT json_insert('{}', '$.a', 1), json_replace('{}', '$.a', 1), json_array_length('[1]')
SELECT * FROM json_each('[1,2]')
SELECT * FROM json_tree('{"a":[1]}')
SELECT * FROM plain_view
SELECT * FROM sqlite_schema
SELECT * FROM pragma_table_info('t')
SELECT * FROM pragma_user_version
SELECT * FROM pragma_index_list('t')
SELECT m.name, c.name FROM sqlite_schema m JOIN pragma_table_xinfo(m.name) c
SELECT * FROM pragma_function_list
SELECT * FROM pragma_module_list
SELECT * FROM dbstat
PRAGMA table_info(t)
PRAGMA foreign_key_check
PRAGMA integrity_check
PRAGMA quick_check(1)
PRAGMA journal_mode
PRAGMA main.user_version
PRAGMA compile_options
EXPLAIN SELECT * FROM t
EXPLAIN QUERY PLAN SELECT * FROM t WHERE a = 1
EXPLAIN DELETE FROM t
EXPLAIN CREATE TABLE zz (a)
WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 9) SELECT * FROM n
SELECT count(*) FILTER (WHERE a > 1) FROM t GROUP BY a % 2 HAVING count(*) > 0 ORDER BY b LIMIT 3
SELECT * FROM t a LEFT JOIN t b USING (a) WHERE EXISTS (SELECT 1 FROM t) AND b.b IN ('x')
SELECT a FROM t UNION SELECT 1 INTERSECT SELECT 1 EXCEPT SELECT 2
SELECT "b" AS 'delete', [a], `a` FROM t
""".strip().splitlines()


@pytest.fixture(scope="module", params=["DELETE", "WAL"])
def file(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("look") / "a.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT, b TEXT);"
            "INSERT INTO t VALUES (1, 'row 1'), (2, 'row 2');"
            "CREATE VIRTUAL TABLE ft USING fts4(a); INSERT INTO ft VALUES ('row 1');"
            "CREATE VIRTUAL TABLE ft5 USING fts5(a); INSERT INTO ft5 VALUES ('row 1');"
            "CREATE VIRTUAL TABLE rt USING rtree(id, low, high); INSERT INTO rt VALUES (1, 2, 3);"
            "CREATE VIEW acting_view AS SELECT acts(1) x;"
            "CREATE VIEW over_view AS SELECT x || 'y' AS x FROM acting_view;"
            "CREATE VIEW plain_view AS SELECT upper(b) b, date('now') d FROM t;"
            f"PRAGMA journal_mode = {request.param};"
        )
        connection.execute("INSERT INTO t VALUES (7, 'late')")
        connection.commit()
        yield path


def state(folder):
    """Every file; the -shm holds read marks, which reading moves."""
    return {f.name: f.read_bytes() for f in folder.iterdir() if not f.name.endswith("-shm")}


async def tried(path, texts):
    """What came of each text, as `studio query` without --write runs it."""
    session = await Session.open(parse(str(path), read_only=True))
    outcomes = []
    try:
        lane = session.lane(Purpose.QUERY)
        # One that an application could have added.
        await lane.run(_add_acting)
        for text in texts:
            try:
                for statement in split(text, SQLITE):
                    refuse_beyond_read_only(statement.text, SQLITE)
                    async with aclosing(read(lane, statement.text, SQLITE)) as chunks:
                        async for _ in chunks:
                            pass
            except StudioError as error:
                outcomes.append(error)
            else:
                outcomes.append(None)
    finally:
        await session.close()
    return outcomes


def _add_acting(connection):
    driver = connection.connection.driver_connection
    await_only(driver.create_function("acts", 1, _act))


def _act(_):
    raise AssertionError("it was called")


def refused(path, texts):
    """Assert that each is refused, and no file changed by any; how many studio refused itself."""
    before, count = state(path.parent), 0
    for text, outcome in zip(texts, asyncio.run(tried(path, texts)), strict=True):
        assert isinstance(outcome, Refused | StatementFailed), (text, outcome)
        count += isinstance(outcome, Refused)
    assert state(path.parent) == before
    return count


@pytest.mark.parametrize("how", SQLITE_NAMES)
def test_no_spelling_of_a_function_hides_it(file, monkeypatch, how):
    monkeypatch.chdir(file.parent)
    names = list(FUNCTIONS)
    texts = [
        place.replace(
            "{call}",
            f"{SQLITE_NAMES[how](name)}{SQLITE_GAPS[i % len(SQLITE_GAPS)]}({FUNCTIONS[name]})",
        )
        for i, place in enumerate(SQLITE_PLACES)
        for name in [names[(i + list(SQLITE_NAMES).index(how)) % len(names)]]
    ]
    refused(file, texts)


@settings(
    max_examples=EXAMPLES // A_SESSION,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    texts=st.lists(
        calls(FUNCTIONS, SQLITE_NAMES, SQLITE_GAPS, SQLITE_PLACES),
        min_size=A_SESSION,
        max_size=A_SESSION,
    )
)
def test_no_call_is_hidden(file, texts):
    refused(file, texts)


def test_nothing_acts_without_a_call_in_sight(file, monkeypatch):
    monkeypatch.chdir(file.parent)
    assert refused(file, WITHOUT_CALL) > 0.9 * len(WITHOUT_CALL)


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    name=st.sampled_from(["load_extension", "acts", "fts3_tokenizer"]),
    how=st.sampled_from(sorted(SQLITE_NAMES)),
    gap=st.sampled_from(SQLITE_GAPS),
    place=st.sampled_from(SQLITE_PLACES),
)
def test_sqlite_itself_names_what_it_would_call(name, how, gap, place):
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE t (a, b)")
        connection.create_function("acts", 1, _act)
        call = f"{SQLITE_NAMES[how](name)}{gap}('x')"
        with looking(connection), pytest.raises(sqlite3.Error, match=r"not authorized|prohibited"):
            connection.execute(place.replace("{call}", call)).fetchall()


def test_there_are_many_tricks():
    assert len(SQLITE_PLACES) * len(SQLITE_NAMES) + len(set(WITHOUT_CALL)) >= 150


def test_reads_are_read(file):
    outcomes = asyncio.run(tried(file, READS))
    failed = [(text, str(o)) for text, o in zip(READS, outcomes, strict=True) if o is not None]
    assert failed == []


@pytest.mark.parametrize("analyze", [False, True])
def test_explain_refuses_the_same(file, analyze):
    async def explained(sql):
        session = await Session.open(parse(str(file)))
        try:
            return await explain(session, Request(sql, analyze=analyze))
        finally:
            await session.close()

    before = state(file.parent)
    for text in ("SELECT optimize(ft) FROM ft", "SELECT \"fts3_tokenizer\"('simple')"):
        # Where its text tells already, measuring asks first (NeedsConsent).
        with pytest.raises(Refused):
            asyncio.run(explained(text))
    assert asyncio.run(explained("SELECT upper(b), count(*) FROM t GROUP BY 1")).shown
    assert state(file.parent) == before
