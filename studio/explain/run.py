"""Explain a statement on an open database: plan only, or measured and rolled back (§5).

One statement, always inside a transaction of its own: reads in one where the database refuses
writes, writes in one that ends with ROLLBACK and only after somebody said yes.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from time import perf_counter
from typing import Protocol, TypeVar

from sqlalchemy import Connection

from studio.backends.base import Purpose
from studio.backends.postgresql import explain_run as postgres
from studio.backends.sqlite import explain_run as sqlite
from studio.db.fetching import Fetched, fetch
from studio.db.session import Session
from studio.explain import consent
from studio.explain.index_hints import Knowledge
from studio.explain.report import Explained, SqliteExplained, explained, sqlite_explained
from studio.explain.sqlite_loops import tables_read
from studio.explain.traceless import traceless
from studio.model.catalog import Catalog, Schema, Table, TableRef
from studio.model.errors import ReadOnly, StatementFailed, StudioError, Unsupported
from studio.model.plan import Plan
from studio.model.query_plan import Actuals, DatabaseFacts, Step
from studio.sqltext.classify import StatementKind
from studio.sqltext.syntax import POSTGRESQL, SQLITE

T = TypeVar("T")
MOST_TABLES = 30
"""Tables looked up for index hints; a plan over more partitions than this needs no more."""


@dataclass(frozen=True, slots=True)
class Request:
    """What to explain and how."""

    sql: str
    analyze: bool = False
    values: tuple[str | None, ...] = ()
    """For `$1`, `$2`, …, as text; the server reads them as the parameter's type."""
    consent: bool = False
    """Somebody has read the question and said yes to a run that writes."""
    timing: bool = True
    serialize: bool = False
    timeout_s: float = 60.0
    lock_timeout_s: float = 5.0
    check_deferred: bool = False
    """SET CONSTRAINTS ALL IMMEDIATE first: else deferred checks never run, and cost nothing."""


@dataclass(frozen=True, slots=True)
class Run:
    """One explained statement, and what it took seen from here."""

    request: Request
    shown: Explained | SqliteExplained
    client_ms: float | None = None
    """From sending to the whole answer; parsing and the way there are in no plan."""
    notes: tuple[str, ...] = field(default=())


class Explainer(Protocol):
    """How one engine explains."""

    async def __call__(self, session: Session, request: Request) -> Run:
        """Explain; raises NeedsConsent, Refused, Unsupported, StudioError."""


async def explain(session: Session, request: Request) -> Run:
    """Explain one statement on the engine behind a session."""
    explainer = EXPLAINERS.get(session.backend.name)
    if explainer is None:
        raise Unsupported(f"studio cannot read the plans of {session.backend.name} yet.")
    return await explainer(session, request)


# -- PostgreSQL ----------------------------------------------------------------------------------


async def _explain_postgresql(session: Session, request: Request) -> Run:
    statement, what = consent.one_statement(request.sql, POSTGRESQL)
    planned, took = await _plan(session, statement, request)
    writing = consent.writes(planned) or what.analyze_writes
    if request.analyze:
        if postgres.parameters(statement) > len(request.values):
            raise Unsupported("To be measured, the statement needs a value for every parameter.")
        if writing and not request.consent:
            raise consent.question(planned)
        planned, took = await _measure(session, statement, request, writing=writing)
    planned = replace(planned, sql=statement)
    known = await session.reflect(lambda c: knowledge(session, c, planned))
    shown = await asyncio.to_thread(explained, planned, known)
    return Run(request, shown, took)


async def _plan(session: Session, statement: str, request: Request) -> tuple[Plan, float]:
    options = postgres.Options()
    return await traceless(
        session.lane(Purpose.QUERY),
        postgres.in_transaction,
        _timed(lambda c: postgres.run(c, statement, options, request.values)),
        read_only=True,
    )


async def _measure(
    session: Session, statement: str, request: Request, *, writing: bool
) -> tuple[Plan, float]:
    """Run it for real; whatever happens, all of it is rolled back."""
    options = postgres.Options(analyze=True, timing=request.timing, serialize=request.serialize)

    def work(connection: Connection) -> tuple[Plan, float]:
        for name, seconds in (
            ("statement_timeout", request.timeout_s),
            ("lock_timeout", request.lock_timeout_s),
        ):
            connection.exec_driver_sql(f"SET LOCAL {name} = {round(seconds * 1000)}")
        if not writing:
            connection.exec_driver_sql("SET LOCAL transaction_read_only = on")
        if writing and request.check_deferred:
            connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
        return _timed(
            lambda c: postgres.run(c, statement, options, request.values, writing=writing)
        )(connection)

    try:
        lane = session.lane(Purpose.QUERY)
        return await traceless(lane, postgres.in_transaction, work, read_only=not writing)
    except ReadOnly as error:
        # A function behind a SELECT wanted to write: the same question as for any write.
        if not request.consent:
            raise consent.question(None) from error
        if writing:
            raise
        return await _measure(session, statement, request, writing=True)


def _timed(work: Callable[[Connection], Plan]) -> Callable[[Connection], tuple[Plan, float]]:
    def timed(connection: Connection) -> tuple[Plan, float]:
        started = perf_counter()
        plan = work(connection)
        return plan, (perf_counter() - started) * 1000

    return timed


def knowledge(session: Session, connection: Connection, plan: Plan) -> Knowledge:
    """Indexes, keys and statistics of the tables a plan reads; blocks.

    What cannot be read, because of rights or because it was dropped meanwhile, is left out.
    """
    refs = {
        TableRef(node.schema, node.relation): None
        for node in plan.root.walk()
        if node.relation and node.schema
    }
    for trigger in plan.triggers:
        if trigger.constraint:
            refs |= dict.fromkeys(postgres.referencing_tables(connection, trigger.constraint))
    tables: list[Table] = []
    distinct: dict[tuple[TableRef, str], float] = {}
    for ref in list(refs)[:MOST_TABLES]:
        try:
            tables.append(session.backend.table(connection, ref))
        except StudioError:
            continue
        distinct |= postgres.distinct_values(connection, ref)
    return Knowledge(_catalog(session, connection, tables), distinct)


def _catalog(session: Session, connection: Connection, tables: Sequence[Table]) -> Catalog:
    by_schema: dict[str, list[Table]] = {}
    for table in tables:
        by_schema.setdefault(table.ref.schema or "", []).append(table)
    server = session.server or session.backend.server(connection, session.opening)
    schemas = tuple(Schema(name, tuple(found)) for name, found in by_schema.items())
    return Catalog(server, schemas, datetime.now(UTC))


# -- SQLite --------------------------------------------------------------------------------------


async def _explain_sqlite(session: Session, request: Request) -> Run:
    statement, what = consent.one_statement(request.sql, SQLITE)
    writing = what.kind is not StatementKind.READ
    if request.analyze and writing and not request.consent:
        raise consent.NeedsConsent(consent.SQLITE_QUESTION)

    def look(connection: Connection) -> tuple[tuple[Step, ...], DatabaseFacts, Actuals | None]:
        raw = driver(connection)
        found = sqlite.steps(raw, statement)
        facts = sqlite.facts(raw, found, statement)
        if not request.analyze or writing:
            return found, facts, None
        taken = measured(raw, statement, found, request.timeout_s)
        read = set(tables_read(found, statement, facts).values()) | {step.index for step in found}
        return found, facts, replace(taken, pages=sqlite.pages(raw, read))

    steps, facts, actuals = await session.reflect(translated(session, statement, look))
    if request.analyze and writing:
        actuals = await _measure_write(session, statement, request)
    shown = sqlite_explained(steps, statement, facts, actuals)
    return Run(request, shown, actuals.wall_ms if actuals else None)


def measured(
    raw: sqlite3.Connection, statement: str, steps: tuple[Step, ...], timeout_s: float
) -> Actuals:
    """Everything §4.3 can say about a statement that reads."""
    actuals = sqlite.measure(raw, statement, timeout_s)
    return replace(
        actuals,
        rows_per_loop=sqlite.rows_per_loop(raw, statement, steps, timeout_s),
    )


async def _measure_write(session: Session, statement: str, request: Request) -> Actuals:
    """One run on the writing lane, then ROLLBACK; the first run is the only honest one."""
    lane = session.lane(Purpose.EDIT)

    def work(connection: Connection) -> tuple[Fetched, float]:
        started = perf_counter()
        answer = fetch(connection, statement)
        return answer, (perf_counter() - started) * 1000

    was_open = await lane.run(sqlite.in_transaction)
    try:
        async with asyncio.timeout(request.timeout_s):
            answer, taken = await traceless(lane, sqlite.in_transaction, work, read_only=False)
    except TimeoutError:
        after = f"stopped after {request.timeout_s:g} s, and rolled back"
        raise StatementFailed(after, sql=statement, code="timeout") from None
    finally:
        if not was_open:
            await lane.close()
    note = f"{max(answer.row_count, 0):,} rows changed, and rolled back"
    return Actuals(len(answer.rows), taken, taken, notes=(note,))


def translated(
    session: Session, sql: str, work: Callable[[Connection], T]
) -> Callable[[Connection], T]:
    """Work on the raw sqlite3 connection, whose errors no other layer has seen yet."""

    def translating(connection: Connection) -> T:
        try:
            return work(connection)
        except sqlite3.Error as error:
            raise session.backend.translate(error, sql) from error

    return translating


def driver(connection: Connection) -> sqlite3.Connection:
    """The sqlite3 connection under a blocking connection."""
    raw = connection.connection.driver_connection
    if not isinstance(raw, sqlite3.Connection):
        raise Unsupported("This database is not opened through sqlite3.")
    return raw


EXPLAINERS: Mapping[str, Explainer] = {
    "postgresql": _explain_postgresql,
    "sqlite": _explain_sqlite,
}
