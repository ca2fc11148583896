"""Trying indexes on SQLite: on a private copy of the file. "It did not help" is an answer."""

import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing

from studio.backends.halves.explaining import Lanes
from studio.backends.halves.proving import Proof
from studio.backends.plans.consent import one_statement
from studio.backends.plans.trying import MOST_BYTES, repeated
from studio.backends.sqlite.authorizer import looking
from studio.backends.sqlite.plans import explain_run
from studio.backends.sqlite.plans.explained import sqlite_explained
from studio.backends.sqlite.plans.query_plan import PlanStep
from studio.backends.sqlite.plans.raw import on_driver
from studio.model.errors import Refused
from studio.model.finding import IndexHint
from studio.sqltext.classify import StatementKind
from studio.sqltext.syntax import SQLITE


class SQLiteProving:
    """See halves.proving."""

    def how(self, hints: Sequence[IndexHint]) -> str:
        """Nobody waits for it."""
        what = "It is" if len(hints) == 1 else "They are"
        return f"{what} built on a private copy of the file; the file itself is only read."

    async def prove(
        self, lanes: Lanes, sql: str, hints: Sequence[IndexHint], timeout_s: float
    ) -> Proof:
        """Copy, measure, make the indexes, measure again."""
        statement, what = one_statement(sql, SQLITE)
        if what.analyze_writes or what.kind is not StatementKind.READ:
            raise Refused("An index is tried on statements that read: this one writes.")
        return await lanes.look(
            on_driver(statement, lambda raw: _on_a_copy(raw, statement, hints, timeout_s))
        )


def _on_a_copy(
    source: sqlite3.Connection, statement: str, hints: Sequence[IndexHint], timeout_s: float
) -> Proof:
    pages = source.execute("PRAGMA page_count").fetchone()[0]
    size = pages * source.execute("PRAGMA page_size").fetchone()[0]
    if size > MOST_BYTES:
        raise Refused(
            f"The file has {size / 1024**2:,.0f} MB; above {MOST_BYTES // 1024**2} MB no copy is "
            "made to try an index on."
        )
    # An empty name is a private file SQLite deletes itself: memory while it fits, disk beyond.
    with closing(sqlite3.connect("", isolation_level=None)) as copy:
        source.backup(copy, pages=2_000, progress=_within(timeout_s))
        before, before_ms = _measured(copy, statement, timeout_s)
        made, left_out = _built(copy, hints)
        if _has_statistics(copy):
            copy.execute("ANALYZE")
        after, after_ms = _measured(copy, statement, timeout_s)
    read = {step.index for step in after}
    return Proof(
        tuple(made.values()),
        sqlite_explained(before, statement),
        sqlite_explained(after, statement),
        before_ms,
        after_ms,
        tuple(hint for name, hint in made.items() if name in read),
        left_out=left_out,
    )


def _built(
    copy: sqlite3.Connection, hints: Sequence[IndexHint]
) -> tuple[dict[str, IndexHint], tuple[tuple[IndexHint, str], ...]]:
    """Index name → what advised it, and those SQLite refuses; raises when it refuses all."""
    made: dict[str, IndexHint] = {}
    refused: list[tuple[IndexHint, str]] = []
    for hint in hints:
        try:
            copy.execute(hint.sql)
        except sqlite3.Error as error:
            if len(refused) + 1 == len(hints):
                raise
            refused.append((hint, str(error)))
            continue
        newest = "SELECT name FROM sqlite_master WHERE type = 'index' ORDER BY rowid DESC LIMIT 1"
        made[copy.execute(newest).fetchone()[0]] = hint
    return made, tuple(refused)


class _within:  # noqa: N801 - reads as the word it is where it is used
    """A backup's progress callback that gives up after some seconds."""

    def __init__(self, seconds: float) -> None:
        self._deadline = time.perf_counter() + seconds

    def __call__(self, _status: int, _remaining: int, _total: int) -> None:
        """Raise TimedOut when time is up."""
        if time.perf_counter() > self._deadline:
            raise explain_run.TimedOut("Copying the database took longer than it was given.")


def _has_statistics(connection: sqlite3.Connection) -> bool:
    found = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_stat1'")
    return bool(found.fetchone()[0])


def _measured(
    connection: sqlite3.Connection, statement: str, timeout_s: float
) -> tuple[tuple[PlanStep, ...], float]:
    """The plan, and the fewest milliseconds of the processor: a private copy waits for nothing
    else, and on a busy machine the clock would count what others do.
    """

    def run() -> float:
        began = time.thread_time()
        explain_run.measure(connection, statement, timeout_s, runs=1)
        return (time.thread_time() - began) * 1000

    with looking(connection):
        taken = repeated(run)
        return explain_run.steps(connection, statement), min(taken)
