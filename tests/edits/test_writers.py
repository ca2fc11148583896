"""Other writers at the same instant: nobody's change is lost, neither theirs nor ours."""

import asyncio
import random
import threading

import psycopg
import pytest

from studio.backends.base import Purpose
from studio.db.session import Session
from studio.db.url import parse
from studio.edits.apply import apply_changes
from studio.model.catalog import TableRef
from studio.model.change import Outcome, Update
from studio.model.errors import StudioError
from tests.edits.databases import Database, SQLiteDatabase

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
            if report.outcome is Outcome.APPLIED:
                for i, _, _ in chosen:
                    ours[i] += 1
            else:
                assert report.outcome is Outcome.NOTHING
    finally:
        await session.close()
        hammer.stop.set()
        hammer.join()
    found = {
        int(str(i)): (int(str(mine)), int(str(their)))
        for i, mine, their in database.run("SELECT id, ours, theirs FROM t")
    }
    assert found == {i: (ours[i], hammer.counts[i]) for i in range(ROWS)}
    assert Outcome.APPLIED in outcomes


async def test_a_lock_held_by_somebody_is_waited_for_and_then_told(sqlite: SQLiteDatabase) -> None:
    sqlite.run("CREATE TABLE t (id integer PRIMARY KEY, n integer)", "INSERT INTO t VALUES (1, 0)")
    sqlite.run("BEGIN IMMEDIATE")
    change = Update(TABLE, {"id": 1}, {"n": 0}, {"n": 1})
    report = await sqlite.apply(change)
    assert report.outcome is Outcome.NOTHING
    assert [error.kind for error in report.errors] == ["busy"]
    sqlite.run("COMMIT")
    assert (await sqlite.apply(change)).outcome is Outcome.APPLIED


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
        assert report.outcome is Outcome.APPLIED
    except StudioError as error:
        pytest.fail(str(error))
    finally:
        await session.close()
        blocker.close()


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
