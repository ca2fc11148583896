"""Explaining a statement on PostgreSQL: plan only, or measured and rolled back.

One statement, always inside a transaction of its own: reads in one where the server refuses writes,
writes in one that ends with ROLLBACK and only after somebody said yes (explain/README.md, §4).
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import zip_longest
from time import perf_counter

from sqlalchemy import Connection

from studio.backends.base import Purpose
from studio.backends.halves.explaining import ExplainedRun, Lanes, Request
from studio.backends.plans.consent import one_statement
from studio.backends.postgresql import catalog
from studio.backends.postgresql.calls import beyond_read_only
from studio.backends.postgresql.plans import explain_run
from studio.backends.postgresql.plans.consent import question, writes
from studio.backends.postgresql.plans.explained import explained
from studio.backends.postgresql.plans.knowledge import Knowledge
from studio.backends.postgresql.plans.plan import Plan
from studio.model.catalog import Catalog, Schema, Table, TableRef
from studio.model.errors import ReadOnly, StatementFailed, StudioError, Unsupported
from studio.sqltext.parameters import highest_number
from studio.sqltext.syntax import POSTGRESQL

OUT_OF_TIME = "57014"
"""SQLSTATE query_canceled; a person's own stop ends the task instead."""
MOST_TABLES = 30
"""Tables looked up for index hints; a plan over more partitions than this needs no more."""


class PostgreSQLExplaining:
    """See halves.explaining."""

    async def explain(self, lanes: Lanes, request: Request) -> ExplainedRun:
        """Plan first; measure when nothing acts, or somebody said yes."""
        statement, what = one_statement(request.sql, POSTGRESQL)
        acting = ""
        if not request.consent:
            acting = await _acting(lanes, statement, analyze=request.analyze)
        planned, took = await _plan(lanes, statement, request)
        stopped = ""
        kind = await _plan_kind(lanes, statement, request, planned)
        writing = writes(planned) or what.analyze_writes
        if request.analyze:
            if highest_number(statement, POSTGRESQL) > len(request.values):
                raise Unsupported(
                    "To be measured, the statement needs a value for every parameter."
                )
            if not request.consent and (writing or acting):
                raise question(planned, acting)
            try:
                planned, took = await _measure(lanes, statement, request, writing=writing)
            except StatementFailed as late:
                if late.code != OUT_OF_TIME:
                    raise
                stopped = _how_far(planned, request.timeout_s, writing=writing)
                planned = replace(planned, notes=(*planned.notes, stopped))
        planned = replace(planned, sql=statement, notes=(*planned.notes, *kind))
        known = await lanes.look(lambda c: _knowledge(lanes, c, planned))
        shown = await asyncio.to_thread(explained, planned, known)
        return ExplainedRun(request, shown, None if stopped else took, stopped=stopped)


async def _plan_kind(
    lanes: Lanes, statement: str, request: Request, planned: Plan
) -> tuple[str, ...]:
    """Whether a plan with parameters is the generic one, or the generic one would be another."""
    if not highest_number(statement, POSTGRESQL):
        return ()
    if not request.values:
        return ("a generic plan, made for no value; with values it may be another",)
    generic, _ = await _plan(lanes, statement, replace(request, values=(), analyze=False))
    own, other = ([node.label for node in plan.root.walk()] for plan in (planned, generic))
    if own == other:
        return ()
    differs = next((b for a, b in zip_longest(own, other, fillvalue="") if a != b and b), other[0])
    return (
        f"a custom plan, made for these values; the generic plan is another ({differs}), and a "
        "prepared statement may get it from its sixth run on (plan_cache_mode)",
    )


def _how_far(planned: Plan, timeout_s: float, *, writing: bool) -> str:
    """What is known of a measurement that ran out of time: the server keeps nothing of it."""
    estimate = planned.root.estimate
    expected = f"; it expected ~{estimate.rows:,.0f} rows" if estimate else ""
    undone = ", and rolled back" if writing else ""
    return (
        f"stopped after {timeout_s:g} s{undone}: the server does not say how far "
        f"it came{expected}; this is the estimate"
    )


async def _acting(lanes: Lanes, statement: str, *, analyze: bool) -> str:
    """What measuring it would do beyond what a rollback undoes. Raises Refused when planning
    alone could act.
    """

    def work(connection: Connection) -> str:
        if early := beyond_read_only(connection, statement, planned=True):
            raise question(None, early) if analyze else ReadOnly(f"{early}: not planned")
        return beyond_read_only(connection, statement, planned=False) if analyze else ""

    return await lanes.rolled_back(Purpose.QUERY, explain_run.in_transaction, work, read_only=True)


async def _plan(lanes: Lanes, statement: str, request: Request) -> tuple[Plan, float]:
    options = explain_run.Options()
    return await lanes.rolled_back(
        Purpose.QUERY,
        explain_run.in_transaction,
        _timed(lambda c: explain_run.run(c, statement, options, request.values)),
        read_only=True,
    )


async def _measure(
    lanes: Lanes, statement: str, request: Request, *, writing: bool
) -> tuple[Plan, float]:
    """Run it for real; whatever happens, all of it is rolled back."""
    options = explain_run.Options(analyze=True, timing=request.timing, serialize=request.serialize)

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
            lambda c: explain_run.run(c, statement, options, request.values, writing=writing)
        )(connection)

    try:
        return await lanes.rolled_back(
            Purpose.QUERY, explain_run.in_transaction, work, read_only=not writing
        )
    except ReadOnly as error:
        # A function behind a SELECT wanted to write: the same question as for any write.
        if not request.consent:
            raise question(None) from error
        if writing:
            raise
        return await _measure(lanes, statement, request, writing=True)


def _timed(work: Callable[[Connection], Plan]) -> Callable[[Connection], tuple[Plan, float]]:
    def timed(connection: Connection) -> tuple[Plan, float]:
        started = perf_counter()
        plan = work(connection)
        return plan, (perf_counter() - started) * 1000

    return timed


def _knowledge(lanes: Lanes, connection: Connection, plan: Plan) -> Knowledge:
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
            refs |= dict.fromkeys(explain_run.referencing_tables(connection, trigger.constraint))
    tables: list[Table] = []
    distinct: dict[tuple[TableRef, str], float] = {}
    for ref in list(refs)[:MOST_TABLES]:
        try:
            tables.append(catalog.table(connection, ref))
        except StudioError:
            continue
        distinct |= explain_run.distinct_values(connection, ref)
    buffers = explain_run.shared_buffers(connection)
    parts = explain_run.partitions(connection, list(refs)[:MOST_TABLES])
    return Knowledge(_catalog(lanes, connection, tables), distinct, buffers, parts)


def _catalog(lanes: Lanes, connection: Connection, tables: Sequence[Table]) -> Catalog:
    by_schema: dict[str, list[Table]] = {}
    for table in tables:
        by_schema.setdefault(table.ref.schema or "", []).append(table)
    schemas = tuple(Schema(name, tuple(found)) for name, found in by_schema.items())
    return Catalog(lanes.server(connection), schemas, datetime.now(UTC))
