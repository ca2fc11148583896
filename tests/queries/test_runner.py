"""Running statements: who is asked, what is told, and stops at random moments."""

import asyncio
import random
from contextlib import suppress
from time import perf_counter

import pytest

from studio.db.session import Session
from studio.db.url import parse
from studio.model.errors import ReadOnly, Refused, StatementFailed, StudioError
from studio.queries.limits import Limits
from studio.queries.query import queries
from studio.queries.runner import Permission, Runner
from studio.sqltext.syntax import SQLITE
from tests.bench.cancels import Kept, Nobody, Runs, storm
from tests.postgres import run_sql


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
async def test_a_stop_at_any_moment_ends_it_and_the_lane_works_on(request, sqlite_file, engine):
    if engine == "sqlite":
        target = str(sqlite_file("CREATE TABLE t (v)"))
    else:
        target = request.getfixturevalue("postgres")
    assert len(await storm(target, 40, seed=7)) == 40


class Willing(Nobody):
    """Somebody who always says yes."""

    async def may_write(self, query):
        return True

    async def may_commit(self, query, result):
        return True


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
async def test_a_write_told_as_stopped_is_not_there(request, sqlite_file, engine):
    if engine == "sqlite":
        target = str(sqlite_file("CREATE TABLE t (v integer)"))
    else:
        target = request.getfixturevalue("postgres")
        run_sql(target, "CREATE TABLE t (v integer)")
    session, chance = await Session.open(parse(target)), random.Random(3)
    runner = Runs(session, Willing())
    await runner.run("INSERT INTO t VALUES (-1)")
    started = perf_counter()
    await runner.run("INSERT INTO t VALUES (-2)")
    whole_s, kept = perf_counter() - started, {-1, -2}
    try:
        for number in range(80):
            running = asyncio.ensure_future(runner.run(f"INSERT INTO t VALUES ({number})"))
            await asyncio.sleep(chance.uniform(0, whole_s * 1.2))
            running.cancel()
            with suppress(asyncio.CancelledError):
                result = await running
                assert result.outcome == "committed"
                kept.add(number)
        await runner.run("SELECT v FROM t")
        assert {int(str(value)) for (value,) in runner.rows} == kept
    finally:
        await session.close()


class Asked(Nobody):
    """Somebody who says no, and remembers what was asked."""

    def __init__(self):
        self.questions = []

    async def may_write(self, query):
        self.questions.append(query.text)
        return False


@pytest.mark.parametrize("text", ["TABLE acting", "SELECT 1 ~~~ 2", 'SELECT U&"\\0061cts"(1, 2)'])
async def test_what_the_server_says_would_act_is_asked_about_or_refused(postgres, text):
    run_sql(
        postgres,
        "CREATE FUNCTION acts(int, int) RETURNS int LANGUAGE plpgsql AS "
        "$$BEGIN PERFORM pg_advisory_lock(77); RETURN 1; END$$",
        "CREATE VIEW acting AS SELECT acts(1, 2)",
        "CREATE OPERATOR ~~~ (leftarg = int, rightarg = int, function = acts)",
    )
    held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
    for read_only in (True, False):
        session, person = await Session.open(parse(postgres, read_only=read_only)), Asked()
        try:
            with pytest.raises(Refused):
                await Runs(session, person).run(text)
            assert run_sql(postgres, held) == [(0,)]
        finally:
            await session.close()
        assert person.questions == ([] if read_only else [text])


class Log(Kept):
    """What a sink was told, in order."""

    def __init__(self):
        super().__init__()
        self.log = []

    def begin(self, query):
        super().begin(query)
        self.log.append(f"begin {query.text}")

    def take(self, rows, so_far):
        super().take(rows, so_far)
        self.log.extend(str(row) for row in rows)

    def end(self, result):
        self.log.append(f"end {result.outcome}".rstrip())


async def test_what_is_allowed_is_one_transaction_and_told_afterwards(sqlite_file):
    target, sink = parse(str(sqlite_file("CREATE TABLE t (v integer)"))), Log()
    session = await Session.open(target)
    try:
        runner = Runner(session, sink, Permission.WRITE)
        with pytest.raises(StatementFailed) as failed:
            await runner.run(queries("INSERT INTO t VALUES (1); SELECT nonsense", SQLITE))
        assert (failed.value.sql, sink.log) == ("SELECT nonsense", [])
        text = "INSERT INTO t VALUES (2); SELECT v FROM t"
        results = await runner.run(queries(text, SQLITE))
        assert [r.outcome for r in results] == ["committed", "committed"]
        assert results[0].row_count == 1
        begun, ended = [f"begin {q.text}" for q in queries(text, SQLITE)], "end committed"
        assert sink.log == [begun[0], ended, begun[1], "(2,)", ended]
    finally:
        await session.close()


async def test_with_a_permission_to_read_a_session_that_could_write_does_not(sqlite_file):
    session = await Session.open(parse(str(sqlite_file("CREATE TABLE t (v integer)"))))
    runner = Runner(session, Kept(), Permission.READ, way_out="Ask somebody")
    try:
        with pytest.raises(StudioError):
            await runner.run(queries("INSERT INTO t VALUES (1)", SQLITE))
        with pytest.raises(ReadOnly, match=r"nothing was run\. Ask somebody$"):
            await runner.run(queries("VACUUM", SQLITE))
        (counted,) = await runner.run(queries("SELECT * FROM t", SQLITE))
        assert (counted.rows, counted.columns) == (0, ("v",))
    finally:
        await session.close()


async def test_an_answer_that_does_not_count_is_begun_again(sqlite_file):
    target, sink = parse(str(sqlite_file("CREATE TABLE t (v integer)"))), Log()
    session, text = await Session.open(target), "INSERT INTO t VALUES (5) RETURNING v"
    try:
        await Runner(session, sink, Willing()).run(queries(text, SQLITE))
        # Told once before the question, and once of what was kept.
        assert sink.log == [f"begin {text}", "(5,)", f"begin {text}", "(5,)", "end committed"]
        assert sink.rows == [(5,)]
    finally:
        await session.close()


async def test_a_statement_is_stopped_after_its_time(sqlite_file):
    session = await Session.open(parse(str(sqlite_file("CREATE TABLE t (v)"))))
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT max(i) FROM n"
    runner = Runner(session, Kept(), Permission.READ, Limits(timeout_s=0.05))
    try:
        with pytest.raises(StatementFailed, match=r"stopped after 0\.05 s") as failed:
            await runner.run(queries(endless, SQLITE))
        assert failed.value.code == "timeout"
        assert (await runner.run(queries("SELECT 1", SQLITE)))[0].rows == 1
    finally:
        await session.close()


async def test_values_are_bound_to_names(sqlite_file):
    session, sink = await Session.open(parse(str(sqlite_file("CREATE TABLE t (v)")))), Kept()
    try:
        named = queries("SELECT :a || ':b'; SELECT 1", SQLITE, {"a": "x'"})
        assert [query.bound is None for query in named] == [False, True]
        await Runner(session, sink, Permission.READ).run(named[:1])
        assert sink.rows == [("x':b",)]
    finally:
        await session.close()
