"""Explaining a statement on SQLite: its plan, and what running it counts."""

import asyncio
import sqlite3
from dataclasses import replace
from time import perf_counter

from sqlalchemy import Connection

from studio.backends.base import Purpose
from studio.backends.halves.explaining import ExplainedRun, Lanes, Request
from studio.backends.plans import consent
from studio.backends.sqlite.authorizer import looking
from studio.backends.sqlite.plans import explain_run
from studio.backends.sqlite.plans.explained import sqlite_explained
from studio.backends.sqlite.plans.loops import tables_read
from studio.backends.sqlite.plans.query_plan import Actuals, DatabaseFacts, PlanStep
from studio.backends.sqlite.plans.raw import on_driver
from studio.backends.sqlite.plans.rehearsal import Rehearsal
from studio.model.errors import StatementFailed
from studio.sqltext.classify import StatementKind
from studio.sqltext.syntax import SQLITE

Looked = tuple[tuple[PlanStep, ...], DatabaseFacts, Actuals | None, Rehearsal]
"""What one look at the database brings."""
QUESTION = (
    "Measuring this runs it, triggers included, and rolls it back. All of it is undone but what "
    "functions of an application do outside the database. Nobody else can write until then."
)


class SQLiteExplaining:
    """See halves.explaining."""

    async def explain(self, lanes: Lanes, request: Request) -> ExplainedRun:
        """Read the plan; a statement that writes is measured on the writing lane."""
        statement, what = consent.one_statement(request.sql, SQLITE)
        writing = what.kind is not StatementKind.READ
        if request.analyze and writing and not request.consent:
            raise consent.NeedsConsent(QUESTION)

        stopped: list[str] = []

        def look(raw: sqlite3.Connection) -> Looked:
            if request.consent:
                return measure(raw)
            with looking(raw, explain_run.HIT):
                return measure(raw)

        def measure(raw: sqlite3.Connection) -> Looked:
            checks = Rehearsal(raw, statement)
            found = explain_run.steps(raw, statement)
            facts = explain_run.facts(raw, found, statement)
            if not request.analyze or writing:
                return found, facts, None, checks
            try:
                taken = _measured(raw, statement, found, request)
            except explain_run.TimedOut as late:
                stopped.append(f"stopped after {request.timeout_s:g} s: {late.how_far}")
                return found, facts, None, checks
            read = set(tables_read(found, statement, facts).values())
            read |= {step.index for step in found}
            taken = replace(taken, pages=explain_run.pages(raw, read))
            return found, facts, taken, checks

        steps, facts, actuals, checks = await lanes.look(on_driver(statement, look))
        if request.analyze and writing:
            actuals = await _measure_write(lanes, statement, request)
        shown = await asyncio.to_thread(
            sqlite_explained, steps, statement, facts, actuals, checks, tuple(stopped)
        )
        wall_ms = actuals.wall_ms if actuals else None
        return ExplainedRun(request, shown, wall_ms, stopped="".join(stopped))


def _measured(
    raw: sqlite3.Connection, statement: str, steps: tuple[PlanStep, ...], request: Request
) -> Actuals:
    """Everything that can be measured of a statement that reads (explain/README.md, §3)."""
    timeout_s, values = request.timeout_s, request.values
    actuals = explain_run.measure(raw, statement, timeout_s, values=values)
    loops = explain_run.rows_per_loop(raw, statement, steps, timeout_s, values)
    return replace(actuals, rows_per_loop=loops)


async def _measure_write(lanes: Lanes, statement: str, request: Request) -> Actuals:
    """One run on the writing lane, then ROLLBACK; the first run is the only honest one."""

    def work(connection: Connection) -> tuple[int, int, float]:
        started = perf_counter()
        values = explain_run.bound(statement, request.values)
        answer = connection.exec_driver_sql(statement, values or None)
        changed = answer.rowcount
        returned = len(answer.fetchall()) if answer.returns_rows else 0
        return returned, changed, (perf_counter() - started) * 1000

    try:
        returned, changed, taken = await lanes.rolled_back(
            Purpose.EDIT,
            explain_run.in_transaction,
            work,
            read_only=False,
            timeout_s=request.timeout_s,
        )
    except TimeoutError:
        after = f"stopped after {request.timeout_s:g} s, and rolled back"
        raise StatementFailed(after, sql=statement, code="timeout") from None
    note = f"{max(changed, 0):,} rows changed, and rolled back"
    return Actuals(returned, taken, taken, notes=(note,))
