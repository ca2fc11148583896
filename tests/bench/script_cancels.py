"""Scripts stopped at random moments, in both modes: how long it takes, and what is open then.

Run as `python -m tests.bench.script_cancels [TIMES]`; one JSON line per engine.
"""

import asyncio
import random
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from time import perf_counter

import psycopg
from sqlalchemy import Connection

from studio.db.session import Session
from studio.db.transaction import InTurn
from studio.db.url import parse
from studio.model.errors import StudioError
from studio.queries.limits import Limits
from studio.queries.outcome import StepOutcome
from studio.queries.own_session import OwnSession
from studio.queries.query import Query
from tests.bench.cancels import STATEMENTS, Kept, on_both_engines

LONGEST_WAIT_S = 0.03
HEADS = ("", "begin;", "begin; insert into t values (1);", "insert into t values (1);")
STATES = {
    "idle": "none",
    "idle in transaction": "open",
    "idle in transaction (aborted)": "failed",
}


class Noting(Kept):
    """Keeps rows, and what became of each statement."""

    async def before(self, query: Query, run: InTurn) -> None:
        del query, run

    def told(self, outcome: StepOutcome) -> None:
        del outcome


def on_server(target: str) -> Callable[[Connection], str]:
    """What another session sees of this one's transaction."""

    def seen(connection: Connection) -> str:
        pid = connection.connection.driver_connection.info.backend_pid  # type: ignore[union-attr]
        with psycopg.connect(target, autocommit=True) as other:
            row = other.execute("SELECT state FROM pg_stat_activity WHERE pid = %s", (pid,))
            return STATES[row.fetchone()[0]]  # type: ignore[index]

    return seen


def on_file(path: str) -> Callable[[Connection], str]:
    """Whether another connection finds the file locked; only a writer's transaction shows."""

    def seen(connection: Connection) -> str:
        driver = connection.connection.driver_connection
        with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as other:
            try:
                other.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return "open"
        # What holds no lock is seen by nobody else.
        return "open" if driver.in_transaction else "none"  # type: ignore[union-attr]

    return seen


async def storm(target: str, times: int, seed: int = 0) -> list[float]:
    """Run, stop, compare the state that is told with what others see, end it: ms to each stop."""
    session, chance = await Session.open(parse(target)), random.Random(seed)
    own, taken = OwnSession(session, Noting(), Limits(rows=2000)), list[float]()
    statements = STATEMENTS[session.backend.name]
    look = on_server(target) if session.backend.name == "postgresql" else on_file(target)
    try:
        await own.run("create table t (a integer)")
        for _ in range(times):
            own.is_manual = chance.random() < 0.5
            text = chance.choice(HEADS) + chance.choice(statements)
            work = asyncio.ensure_future(own.run(f"{text}; {text}", single=chance.random() < 0.1))
            await asyncio.sleep(chance.uniform(0, LONGEST_WAIT_S))
            stopped = perf_counter()
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            taken.append((perf_counter() - stopped) * 1000)
            told = own.held.transaction.value
            if told != (seen := await own.lane.once(look)):
                raise StudioError(f"told {told}, seen {seen}, after {text}")
            if told != "none":
                await own.roll_back()
            (answer,) = await own.run("select 40 + 2")
            if answer.result.rows != 1:
                raise StudioError(f"the session does not answer any more: {answer}")
            own.is_manual = False
            if own.held.is_open:
                raise StudioError(f"a read began a transaction, after {text}")
    finally:
        await own.close()
        await session.close()
    return taken


def main() -> int:
    """Both engines."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    on_both_engines("script_cancels", storm, times, "states_told_as_seen")
    return 0


if __name__ == "__main__":
    sys.exit(main())
