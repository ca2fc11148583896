"""Does an advised index help? Build it where nobody sees it, measure again, and take it away.

PostgreSQL: HypoPG when it is installed (estimates only), else one transaction that is rolled
back. SQLite: a private copy. "It did not help" is an answer.
"""

import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol, TypeVar

from sqlalchemy import Connection, text

from studio.backends.base import Purpose
from studio.backends.postgresql import explain_run as postgres
from studio.backends.sqlite import explain_run as sqlite
from studio.db.session import Session
from studio.explain import consent
from studio.explain.index_hints import quoted
from studio.explain.report import Explained, SqliteExplained, explained, sqlite_explained
from studio.explain.run import driver, translated
from studio.explain.traceless import behind_savepoint, traceless
from studio.model.errors import Refused, Unsupported
from studio.model.finding import IndexHint
from studio.model.plan import Plan
from studio.model.query_plan import Step
from studio.sqltext.syntax import POSTGRESQL, SQLITE

T = TypeVar("T")

MOST_BYTES = 512 * 1024 * 1024
"""Tables (PostgreSQL) or files (SQLite) larger than this are not tried on."""
HELPS = 1.2
"""Times faster from which an index counts as a help; less is noise."""
RUNS, ENOUGH_S = 3, 1.0
"""The fastest of so many runs counts, before and after; of a slow statement, of fewer."""
CONCURRENTLY = "CREATE INDEX CONCURRENTLY "
HYPOPG = (
    "SELECT n.nspname FROM pg_catalog.pg_extension e "
    "JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'hypopg'"
)
"""Its schema, which need not be on the search path."""


@dataclass(frozen=True, slots=True)
class Proof:
    """One statement before and after one index."""

    hint: IndexHint
    before: Explained | SqliteExplained
    after: Explained | SqliteExplained
    before_ms: float | None
    """None when only estimates were compared."""
    after_ms: float | None
    used: bool
    """The plan after reads the new index."""
    cost: tuple[float, float] | None = None
    """The planner's cost before and after, where nothing was run."""

    @property
    def speedup(self) -> float | None:
        """How many times faster, or cheaper by estimate; below 1 it got worse."""
        if self.before_ms is not None and self.after_ms:
            return self.before_ms / self.after_ms
        return self.cost[0] / self.cost[1] if self.cost and self.cost[1] else None

    @property
    def helps(self) -> bool:
        """Whether it was used and made a difference."""
        return self.used and (self.speedup or 0.0) >= HELPS


class Prover(Protocol):
    """How one engine tries an index."""

    async def __call__(
        self, session: Session, sql: str, hint: IndexHint, timeout_s: float
    ) -> Proof:
        """Try it; raises Refused when it is too large, StudioError."""


async def prove(session: Session, sql: str, hint: IndexHint, timeout_s: float = 60.0) -> Proof:
    """Try one index on one statement that reads; the database is as before afterwards."""
    prover = PROVERS.get(session.backend.name)
    if prover is None:
        raise Unsupported(f"studio cannot try indexes on {session.backend.name}.")
    return await prover(session, sql, hint, timeout_s)


# -- PostgreSQL ----------------------------------------------------------------------------------


async def _prove_postgresql(session: Session, sql: str, hint: IndexHint, timeout_s: float) -> Proof:
    statement, what = consent.one_statement(sql, POSTGRESQL)
    if what.analyze_writes:
        raise Refused("An index is tried on statements that read: this one writes.")

    def work(connection: Connection) -> Proof:
        _limits(connection, timeout_s)
        schema = connection.exec_driver_sql(HYPOPG).scalar()
        if schema is not None:
            return _hypothetical(connection, statement, hint, quoted(str(schema)))
        return _rolled_back(connection, statement, hint)

    lane = session.lane(Purpose.QUERY)
    return await traceless(lane, postgres.in_transaction, work, read_only=False)


def _limits(connection: Connection, timeout_s: float) -> None:
    connection.exec_driver_sql(f"SET LOCAL statement_timeout = {round(timeout_s * 1000)}")
    connection.exec_driver_sql("SET LOCAL lock_timeout = 2000")


def _rolled_back(connection: Connection, statement: str, hint: IndexHint) -> Proof:
    """CREATE INDEX blocks writers until the rollback: hence the size limit and lock_timeout."""
    schema, _, name = hint.table.rpartition(".")
    size = postgres.table_bytes(connection, schema, name)
    if size > MOST_BYTES:
        raise Refused(
            f"{hint.table} has {size / 1024**2:,.0f} MB; above {MOST_BYTES // 1024**2} MB an index "
            "is not tried inside a transaction, because writers would wait for it."
        )
    measuring = postgres.Options(analyze=True)
    # Back at the savepoint the transaction may write again, and so create the index.
    before = behind_savepoint(connection, lambda c: _warm(c, statement, measuring))
    existing = _index_names(connection)
    connection.exec_driver_sql(hint.sql.replace(CONCURRENTLY, "CREATE INDEX ", 1))
    made = _index_names(connection) - existing
    after = _warm(connection, statement, measuring)
    used = bool(made & {node.index for node in after.root.walk()})
    return Proof(
        hint, explained(before), explained(after), before.execution_ms, after.execution_ms, used
    )


def _warm(connection: Connection, statement: str, options: postgres.Options) -> Plan:
    """The best of some runs: both plans are compared with what they need in the cache, and
    without what else the machine was doing.

    From here on the transaction only reads, whatever functions the statement calls.
    """
    connection.exec_driver_sql("SET LOCAL transaction_read_only = on")
    plans = _repeated(lambda: postgres.run(connection, statement, options))
    return min(plans, key=lambda plan: plan.execution_ms or 0.0)


def _index_names(connection: Connection) -> set[str]:
    names = connection.exec_driver_sql(
        "SELECT relname FROM pg_catalog.pg_class WHERE relkind = 'i'"
    )
    return {str(name) for (name,) in names}


def _hypothetical(connection: Connection, statement: str, hint: IndexHint, schema: str) -> Proof:
    """HypoPG: an index only the planner sees; nothing is run."""
    planning = postgres.Options()
    before = postgres.run(connection, statement, planning)
    create = hint.sql.replace(CONCURRENTLY, "CREATE INDEX ", 1)
    asked = text(f"SELECT indexrelid, indexname FROM {schema}.hypopg_create_index(:sql)")
    made, name = connection.execute(asked, {"sql": create}).one()
    try:
        # No rollback takes such an index back, and after an error only a rollback is heard.
        after = behind_savepoint(connection, lambda c: postgres.run(c, statement, planning))
    finally:
        connection.execute(text(f"SELECT {schema}.hypopg_drop_index(:made)"), {"made": made})
    used = any(node.index == name for node in after.root.walk())
    costs = tuple(plan.root.estimate.total_cost for plan in (before, after) if plan.root.estimate)
    cost = (costs[0], costs[1]) if len(costs) == 2 else None  # noqa: PLR2004 - before and after
    return Proof(hint, explained(before), explained(after), None, None, used, cost)


def _repeated(measure: Callable[[], T]) -> list[T]:
    """Twice at least: the first run fills the caches."""
    end = time.perf_counter() + ENOUGH_S
    taken = [measure(), measure()]
    while len(taken) < RUNS and time.perf_counter() < end:
        taken.append(measure())
    return taken


# -- SQLite --------------------------------------------------------------------------------------


async def _prove_sqlite(session: Session, sql: str, hint: IndexHint, timeout_s: float) -> Proof:
    statement, what = consent.one_statement(sql, SQLITE)
    if what.analyze_writes or what.kind.value != "read":
        raise Refused("An index is tried on statements that read: this one writes.")
    return await session.reflect(
        translated(session, statement, lambda c: _on_a_copy(driver(c), statement, hint, timeout_s))
    )


def _on_a_copy(
    source: sqlite3.Connection, statement: str, hint: IndexHint, timeout_s: float
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
        copy.execute(hint.sql)
        if _has_statistics(copy):
            copy.execute("ANALYZE")
        after, after_ms = _measured(copy, statement, timeout_s)
        made = copy.execute(
            "SELECT name FROM sqlite_master WHERE type = 'index' ORDER BY rowid DESC LIMIT 1"
        ).fetchone()[0]
    used = any(step.index == made for step in after)
    return Proof(
        hint,
        sqlite_explained(before, statement),
        sqlite_explained(after, statement),
        before_ms,
        after_ms,
        used,
    )


class _within:  # noqa: N801 - reads as the word it is where it is used
    """A backup's progress callback that gives up after some seconds."""

    def __init__(self, seconds: float) -> None:
        self._deadline = time.perf_counter() + seconds

    def __call__(self, _status: int, _remaining: int, _total: int) -> None:
        """Raise TimedOut when time is up."""
        if time.perf_counter() > self._deadline:
            raise sqlite.TimedOut("Copying the database took longer than it was given.")


def _has_statistics(connection: sqlite3.Connection) -> bool:
    found = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_stat1'")
    return bool(found.fetchone()[0])


def _measured(
    connection: sqlite3.Connection, statement: str, timeout_s: float
) -> tuple[tuple[Step, ...], float]:
    walls = _repeated(lambda: sqlite.measure(connection, statement, timeout_s).wall_ms)
    return sqlite.steps(connection, statement), min(walls)


PROVERS: Mapping[str, Prover] = {
    "postgresql": _prove_postgresql,
    "sqlite": _prove_sqlite,
}
