"""Values bound to the parameters of one statement, read or asked about."""

import sqlite3
from contextlib import closing

import pytest

from studio.backends.halves.syntax import syntax_of
from studio.db.session import Session
from studio.db.url import parse
from studio.model.errors import StatementFailed
from studio.queries.query import query
from studio.queries.runner import Runner
from tests.bench.cancels import Nobody
from tests.postgres import run_sql

TABLES = (
    "CREATE TABLE p (id INTEGER PRIMARY KEY)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, p INTEGER REFERENCES p ON DELETE CASCADE)",
    "INSERT INTO p VALUES (1), (2)",
    "INSERT INTO t VALUES (1, 'one', 1), (2, 'two', 2)",
)


class Willing(Nobody):
    """Says yes, and keeps what was told."""

    def __init__(self):
        self.told = []
        self.rows = []

    async def may_write(self, query):
        return True

    async def may_commit(self, query, result):
        self.told.append({str(ref): count for ref, count in result.by_table.items()})
        return True

    def begin(self, query):
        self.rows = []

    def take(self, chunk, result):
        self.rows += chunk

    def end(self, result):
        pass


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, sqlite_file):
    if request.param == "sqlite":
        return str(sqlite_file(*TABLES))
    url = request.getfixturevalue("postgres")
    run_sql(url, *TABLES)
    return url


async def ran(place, text, values):
    session, person = await Session.open(parse(place)), Willing()
    try:
        syntax = syntax_of(session.backend)
        runner = Runner(session, person, person)
        (result,) = await runner.run([query(text, syntax, values)])
    finally:
        await session.close()
    return result, person


async def test_a_read_and_a_write_take_them(place):
    result, person = await ran(
        place,
        "SELECT v, ':v', id::text FROM t WHERE id = :id"
        if "://" in place
        else "SELECT v, ':v', id FROM t WHERE id = :id",
        {"id": 2},
    )
    assert person.rows == [("two", ":v", "2" if "://" in place else 2)]
    hostile = "x'); DROP TABLE t; -- :id %s \\"
    result, person = await ran(place, "UPDATE t SET v = :v WHERE id = :id", {"v": hostile, "id": 1})
    assert result.outcome == "committed"
    _, person = await ran(place, "SELECT v FROM t WHERE v = :v", {"v": hostile})
    assert person.rows == [(hostile,)]
    _, person = await ran(place, "SELECT id FROM t WHERE v IS NULL AND id > :n", {"n": None})
    assert person.rows == []


async def test_what_a_write_with_values_takes_along_is_counted(place):
    result, person = await ran(place, "DELETE FROM p WHERE id = :id", {"id": 1})
    assert result.outcome == "committed"
    (told,) = person.told
    assert sum(told.values()) == 2


@pytest.mark.parametrize("sql", ["SELECT ?, ?2, @b, $c", "SELECT :1, ?, @b, #c"])
async def test_every_sign_of_sqlite(sqlite_file, sql):
    values = {"1": "one", "2": "two", "b": "b", "c": "c"}
    _, person = await ran(str(sqlite_file(*TABLES)), sql, values)
    assert [row[2:] for row in person.rows] == [("b", "c")]


async def test_numbers_of_the_servers_own(postgres):
    _, person = await ran(postgres, "SELECT $2::text || $1, '%'", {"1": "a", "2": "b"})
    assert person.rows == [("ba", "%")]


async def test_a_mistake_is_told_at_its_place(place):
    text = "SELECT :first AS f, :second AS s, nosuch FROM t WHERE id = :first"
    with pytest.raises(StatementFailed) as raised:
        await ran(place, text, {"first": 1, "second": 2})
    assert raised.value.sql == text
    assert raised.value.position == text.index("nosuch")


async def test_the_same_file_is_written_once(sqlite_file):
    file = sqlite_file("CREATE TABLE log (v TEXT)")
    result, _ = await ran(str(file), "INSERT INTO log VALUES (:v)", {"v": "once"})
    assert result.outcome == "committed"
    with closing(sqlite3.connect(file)) as other:
        assert other.execute("SELECT v FROM log").fetchall() == [("once",)]
