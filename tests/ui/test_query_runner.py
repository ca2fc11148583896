"""Running statements without a screen: stops at random moments, and the limits of a result."""

import asyncio
import random
from contextlib import suppress
from time import perf_counter

import pytest

from studio.db.session import Session
from studio.db.url import parse
from studio.model.catalog import ColumnKind
from studio.ui.query_runner import QueryRunner
from studio.ui.result_source import ResultRows
from tests.bench.cancels import Nobody, storm
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

    async def may_write(self, statement, facts):
        return True

    async def may_commit(self, result, facts):
        return True


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
async def test_a_write_told_as_stopped_is_not_there(request, sqlite_file, engine):
    if engine == "sqlite":
        target = str(sqlite_file("CREATE TABLE t (v integer)"))
    else:
        target = request.getfixturevalue("postgres")
        run_sql(target, "CREATE TABLE t (v integer)")
    session, chance = await Session.open(parse(target)), random.Random(3)
    runner = QueryRunner(session, Willing(), 1000, 2**20)
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
        found = (await runner.run("SELECT v FROM t")).rows
        assert {int(str(found.row(i)[0])) for i in range(found.height)} == kept
    finally:
        await session.close()


def test_rows_are_kept_up_to_a_number():
    rows = ResultRows(3, 10**9)
    assert rows.extend([(1,), (2,)])
    assert not rows.extend([(3,), (4,)])
    assert (rows.height, rows.is_cut) == (3, True)


def test_exactly_as_many_rows_as_are_kept_is_not_cut():
    rows = ResultRows(2, 10**9)
    assert rows.extend([(1,), (2,)])
    assert not rows.is_cut


def test_rows_are_kept_up_to_some_bytes():
    rows = ResultRows(10**9, 1_000)
    assert not rows.extend([("x" * 600,), ("y" * 600,), ("z",)])
    assert rows.height == 2


def test_columns_without_a_type_are_numbers_when_all_seen_are():
    rows = ResultRows(10, 10**9)
    rows.extend([(1, 1, None, 1, True), (None, 2.5, None, "x", False)])
    assert [rows.kind_seen(i) for i in range(5)] == [
        ColumnKind.INTEGER,
        ColumnKind.REAL,
        ColumnKind.ANY,
        ColumnKind.ANY,
        ColumnKind.ANY,
    ]
