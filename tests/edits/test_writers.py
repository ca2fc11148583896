"""Other writers at the same instant: nobody's change is lost, neither theirs nor ours."""

import asyncio
import random
import threading
from contextlib import suppress
from time import perf_counter

import psycopg
import pytest
from sqlalchemy import Connection

from studio.backends.base import Purpose
from studio.db.session import Session
from studio.db.url import parse
from studio.edits.applying.apply import apply_changes
from studio.model.apply_report import ApplyOutcome
from studio.model.catalog import TableRef
from studio.model.change import Update
from studio.model.errors import StudioError
from tests.edits.databases import Database, SQLiteDatabase
from tests.patience import IN_VAIN_S

TABLE = TableRef(None, "t")
ROWS = 12
ROUNDS = 25


class Hammer(threading.Thread):
    """Somebody else: adds one to `theirs` of a random row, again and again."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.database = database
        self.counts = dict.fromkeys(range(ROWS), 0)
        self.stop = threading.Event()

    def run(self) -> None:
        other = type(self.database)(self.database.target)
        try:
            pick = random.Random(7)
            while not self.stop.is_set():
                row = pick.randrange(ROWS)
                other.run(f"UPDATE t SET theirs = theirs + 1 WHERE id = {row}")
                self.counts[row] += 1
                self.stop.wait(0.002)
        finally:
            other.close()


async def test_no_update_of_anybody_is_lost(database: Database) -> None:
    database.run("CREATE TABLE t (id integer PRIMARY KEY, ours integer, theirs integer)")
    database.run("INSERT INTO t VALUES " + ", ".join(f"({i}, 0, 0)" for i in range(ROWS)))
    ours = dict.fromkeys(range(ROWS), 0)
    hammer = Hammer(database)
    hammer.start()
    session = await Session.open(parse(database.target))
    outcomes = []
    try:
        for number in range(ROUNDS):
            seen = await asyncio.to_thread(database.run, "SELECT id, ours, theirs FROM t")
            rows = [tuple(map(int, map(str, row))) for row in seen]
            chosen = rows[number % ROWS :][:3]
            changes = []
            for i, mine, their in chosen:
                before = {"ours": mine} if number % 2 else {"ours": mine, "theirs": their}
                key, after = database.row(id=i), database.row(ours=mine + 1)
                changes.append(Update(TABLE, key, database.row(**before), after))
            report = await apply_changes(session, changes)
            outcomes.append(report.outcome)
            if report.outcome is ApplyOutcome.APPLIED:
                for i, _, _ in chosen:
                    ours[i] += 1
            else:
                assert report.outcome is ApplyOutcome.NOTHING
    finally:
        await session.close()
        hammer.stop.set()
        hammer.join()
    found = {
        int(str(i)): (int(str(mine)), int(str(their)))
        for i, mine, their in database.run("SELECT id, ours, theirs FROM t")
    }
    assert found == {i: (ours[i], hammer.counts[i]) for i in range(ROWS)}
    assert ApplyOutcome.APPLIED in outcomes


async def test_a_lock_held_by_somebody_is_waited_for_and_then_told(sqlite: SQLiteDatabase) -> None:
    sqlite.run("CREATE TABLE t (id integer PRIMARY KEY, n integer)", "INSERT INTO t VALUES (1, 0)")
    sqlite.run("BEGIN IMMEDIATE")
    change = Update(TABLE, {"id": 1}, {"n": 0}, {"n": 1})
    report = await sqlite.apply(change)
    assert report.outcome is ApplyOutcome.NOTHING
    assert [error.kind for error in report.errors] == ["busy"]
    sqlite.run("COMMIT")
    assert (await sqlite.apply(change)).outcome is ApplyOutcome.APPLIED


async def test_a_cancelled_apply_changes_nothing(database: Database) -> None:
    database.run(
        "CREATE TABLE t (id integer PRIMARY KEY, n integer)", "INSERT INTO t VALUES (1, 0)"
    )
    blocker = type(database)(database.target)
    blocker.run(
        "BEGIN IMMEDIATE" if database.engine == "sqlite" else "BEGIN",
        "UPDATE t SET n = 5 WHERE id = 1",
    )
    session = await Session.open(parse(database.target))
    change = Update(TABLE, database.row(id=1), database.row(n=0), database.row(n=1))
    try:
        running = asyncio.ensure_future(apply_changes(session, [change]))
        while not _is_waiting(database, session):
            await asyncio.sleep(0)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        blocker.run("ROLLBACK")
        report = await apply_changes(session, [change])
        assert report.outcome is ApplyOutcome.APPLIED
    except StudioError as error:
        pytest.fail(str(error))
    finally:
        await session.close()
        blocker.close()


async def test_a_cancel_at_any_moment_leaves_all_or_nothing_and_tells_which(
    database: Database,
) -> None:
    database.run(
        "CREATE TABLE t (id integer PRIMARY KEY, n integer)",
        "INSERT INTO t VALUES " + ", ".join(f"({i}, 0)" for i in range(50)),
    )
    session = await Session.open(parse(database.target))
    catalog, chance = await session.catalog(), random.Random(11)
    now, cancelled, whole_s = 0, 0, 0.0
    try:
        for turn in range(60):
            changes = [
                Update(TABLE, database.row(id=i), database.row(n=now), database.row(n=now + 1))
                for i in range(50)
            ]
            running = asyncio.ensure_future(apply_changes(session, changes, catalog=catalog))
            if turn:
                await asyncio.sleep(chance.uniform(0, whole_s * 1.3))
                running.cancel()
            try:
                report = await running
            except asyncio.CancelledError:
                cancelled += 1
            else:
                assert report.outcome is ApplyOutcome.APPLIED
                now, whole_s = now + 1, report.elapsed_ms / 1000
            found = {int(str(n)) for (n,) in database.run("SELECT DISTINCT n FROM t")}
            assert found == {now}
    finally:
        await session.close()
    assert now > 1
    assert cancelled


async def test_a_block_that_is_cancelled_committed_nothing(database: Database) -> None:
    database.run("CREATE TABLE t (id integer PRIMARY KEY)")
    session = await Session.open(parse(database.target))
    lane, chance = session.lane(Purpose.EDIT), random.Random(5)

    async def insert(number: int) -> None:
        async with lane.transaction() as transaction:
            await transaction.fetch(f"INSERT INTO t VALUES ({number})")

    await insert(-1)
    started = perf_counter()
    await insert(-2)
    whole_s, kept = perf_counter() - started, {-1, -2}
    try:
        for number in range(150):
            running = asyncio.ensure_future(insert(number))
            await asyncio.sleep(chance.uniform(whole_s * 0.3, whole_s * 1.1))
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
                kept.add(number)
    finally:
        await session.close()
    assert {int(str(i)) for (i,) in database.run("SELECT id FROM t")} == kept


async def test_locks_never_wait_for_the_event_loop(sqlite: SQLiteDatabase) -> None:
    sqlite.run("CREATE TABLE t (id integer PRIMARY KEY, n integer)", "INSERT INTO t VALUES (1, 0)")
    session = await Session.open(parse(sqlite.target))
    lane = session.lane(Purpose.EDIT)
    await lane.open()
    began, wrote = threading.Event(), threading.Event()

    def work(connection: Connection) -> None:
        connection.exec_driver_sql("UPDATE t SET n = n + 1")
        began.set()

    def another() -> None:
        began.wait(IN_VAIN_S)
        sqlite.run("UPDATE t SET n = n + 1")
        wrote.set()

    other = threading.Thread(target=another)
    other.start()
    try:
        running = asyncio.ensure_future(lane.transact(work))
        await asyncio.sleep(0)
        # The loop is busy from here until somebody else has written.
        while not began.is_set():
            await asyncio.sleep(0)
        assert wrote.wait(4)
        await running
    finally:
        other.join()
        await session.close()
    assert sqlite.run("SELECT n FROM t") == [(2,)]


def _is_waiting(database: Database, session: Session) -> bool:
    """Whether studio's statement waits for the lock."""
    if database.engine == "sqlite":
        return session.lane(Purpose.EDIT).running_since is not None
    with psycopg.connect(database.target) as other:
        row = other.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND datname = current_database()"
        ).fetchone()
    return row is not None and row[0] > 0
