"""A stop beside the work: what is told as stopped did not happen, whenever the stop comes."""

import asyncio
import random
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from time import perf_counter

import pytest
from sqlalchemy import Connection, event

from studio.backends.base import Purpose
from studio.db.lane import Lane
from studio.db.rehearsal import rehearse
from studio.db.session import Session
from studio.db.url import parse
from studio.model.errors import StudioError
from tests.patience import IN_VAIN_S
from tests.wal.programs import Program


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "app.db"
    with closing(sqlite3.connect(made, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE t (v integer)")
    return made


@pytest.fixture
async def lane(path: Path) -> AsyncIterator[Lane]:
    session = await Session.open(parse(str(path)))
    yield session.lane(Purpose.EDIT)
    await session.close()


def there(path: Path) -> list[tuple[int]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT v FROM t").fetchall()


async def test_a_stop_while_sqlite_explains_what_will_be_counted_keeps_nothing(path, lane):
    def stop_the_explaining(connection: Connection) -> None:
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)

        def interrupt(_: Connection, __: object, statement: str, *___: object) -> None:
            if statement.startswith("EXPLAIN"):
                raw.interrupt()

        event.listen(connection, "after_cursor_execute", interrupt)

    await lane.run(stop_the_explaining)
    with pytest.raises(StudioError, match=r"interrupted|stopped"):
        await rehearse(lane, "INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (1)")
    assert there(path) == []


async def test_a_second_stop_does_not_leave_the_work_alone(path, lane):
    begun, goes_on = threading.Event(), threading.Event()

    def work(connection: Connection) -> str:
        connection.exec_driver_sql("INSERT INTO t VALUES (1)")
        begun.set()
        assert goes_on.wait(IN_VAIN_S)
        return "done"

    running = asyncio.ensure_future(lane.transact(work))
    assert await asyncio.to_thread(begun.wait, IN_VAIN_S)
    for _ in range(3):
        running.cancel()
        for _ in range(5):
            await asyncio.sleep(0)
    assert not running.done()
    goes_on.set()
    try:
        told = await running
    except asyncio.CancelledError:
        told = "stopped"
    assert there(path) == ([(1,)] if told == "done" else [])


async def test_a_stop_while_it_connects_leaves_no_connection(path):
    """Beside a program that has the WAL open, where a connection that writes has a guard."""
    with closing(Program(path)) as program:
        program.sql("INSERT INTO t VALUES (1)")
        session, chance = await Session.open(parse(str(path))), random.Random(5)
        lane = session.lane(Purpose.EDIT)
        for _ in range(2):  # the first one imports
            started = perf_counter()
            await lane.open()
            whole_s = perf_counter() - started
            await lane.close()
        stopped = 0
        for _ in range(40):
            opening = asyncio.ensure_future(lane.open())
            await asyncio.sleep(chance.uniform(0, whole_s))
            opening.cancel()
            try:
                await opening
            except asyncio.CancelledError:
                stopped += 1
            await lane.close()
        assert stopped
        await session.close()
        async with asyncio.timeout(IN_VAIN_S):
            while files_open(path):
                await asyncio.sleep(0.01)


def files_open(path: Path) -> int:
    """How many files of a database this process has open."""
    mine = (one.resolve() for one in Path("/proc/self/fd").iterdir())
    return sum(one.name.startswith(path.name) for one in mine)


async def test_a_stop_while_it_waits_for_a_close_stops_the_waiting_only(lane):
    await lane.open()
    begin, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        begin.set()
        await go_on.wait()

    lane._closing = asyncio.ensure_future(slow())
    waiting = asyncio.ensure_future(lane.fetch("SELECT 1"))
    await begin.wait()
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    go_on.set()
    assert list((await lane.fetch("SELECT 1")).rows) == [(1,)]
