"""Asking SQLite for a plan, and measuring a statement without its help (explain/README.md, §3).

Everything here blocks and runs on one raw connection, in a thread its caller chose.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter

from sqlalchemy import Connection

from studio.backends.halves.explaining import BoundValues
from studio.backends.sqlite.plans import explain, explain_facts, query_shape
from studio.backends.sqlite.plans.query_plan import Actuals, DatabaseFacts, PlanStep
from studio.model.errors import StudioError
from studio.sqltext.parameters import by_place
from studio.sqltext.syntax import SQLITE
from studio.sqltext.tokens import TokenKind

STEPS_PER_CALL = 1_000
"""VM steps between two calls of the progress handler: within 0.1 % of exact, and cheap."""
COUNTING_CALLS = 20_000
"""Calls after which counting a table's rows is given up: about a fifth of a second."""
CHUNK = 1_000
RUNS = 3
COUNTERS = "SELECT nscan, nsort, naidx, nstep FROM sqlite_stmt WHERE sql = ?"
HIT = "_studio_hit"


class TimedOut(StudioError):
    """A measurement took longer than it was given."""

    how_far: str = ""
    """What it had done until then."""


def steps(connection: sqlite3.Connection, sql: str) -> tuple[PlanStep, ...]:
    """The query plan; nothing is executed."""
    cursor = connection.execute(f"EXPLAIN QUERY PLAN {sql}", _nulls(connection, sql))
    rows = cursor.fetchall()
    return explain.steps(rows)


def _nulls(connection: sqlite3.Connection, sql: str) -> Sequence[None] | dict[str, None]:
    """Something to bind: a plan does not depend on values."""
    names = [token.text for token in query_shape.lex(sql) if token.kind is TokenKind.PARAMETER]
    if not names:
        return ()
    if all(name.startswith("?") for name in names):
        numbers = [int(name[1:]) for name in names if name[1:].isdigit()]
        return (None,) * max(len(names), *numbers, 0)
    return {name[1:]: None for name in names}


def bound(sql: str, values: BoundValues) -> BoundValues | dict[str, str | int | float | None]:
    """As the driver takes them: by name, unless a question mark is among them. What is missing is
    left out, and the driver says so.
    """
    names, asked = by_place(sql, SQLITE)
    return values[: len(names)] if asked else dict(zip(names, values, strict=False))


def in_transaction(connection: Connection) -> bool:
    """Whether somebody has a transaction open."""
    return bool(getattr(connection.connection.driver_connection, "in_transaction", False))


def bytecode(connection: sqlite3.Connection, sql: str) -> list[tuple[object, ...]]:
    """Plain EXPLAIN: addr, opcode, p1 to p5, comment."""
    return connection.execute(f"EXPLAIN {sql}", _nulls(connection, sql)).fetchall()


def facts(connection: sqlite3.Connection, read: tuple[PlanStep, ...], sql: str) -> DatabaseFacts:
    """Tables, indexes and statistics; rows are counted for the tables a plan reads."""
    tables = connection.execute(explain_facts.TABLES).fetchall()
    views = connection.execute(explain_facts.VIEWS).fetchall()
    named = _named(sql, {str(row[0]).lower(): str(row[1]) for row in views})
    named |= {step.object.lower() for step in read} | {step.table.lower() for step in read}
    counts = {
        str(row[0]): counted
        for row in tables
        if str(row[0]).lower() in named and row[1] == "table"
        if (counted := _count(connection, str(row[0]))) is not None
    }
    has_statistics = connection.execute(explain_facts.HAS_STATISTICS).fetchone()[0]
    return explain_facts.assemble(
        tables,
        connection.execute(explain_facts.COLUMNS).fetchall(),
        connection.execute(explain_facts.INDEXES).fetchall(),
        connection.execute(explain_facts.STATISTICS).fetchall() if has_statistics else None,
        counts,
        views,
    )


def _named(sql: str, views: Mapping[str, str]) -> set[str]:
    """What a statement reads, and what the views it reads read."""
    found: set[str] = set()
    waiting = [sql]
    while waiting:
        read = {item.table for scope in query_shape.scopes(waiting.pop()) for item in scope.items}
        waiting += [views[name] for name in read - found if name in views]
        found |= read
    return found


def _count(connection: sqlite3.Connection, table: str) -> int | None:
    """Rows of a table, or None when counting takes too long."""
    quoted = '"' + table.replace('"', '""') + '"'
    calls = 0

    def tick() -> int:
        nonlocal calls
        calls += 1
        return int(calls > COUNTING_CALLS)

    connection.set_progress_handler(tick, STEPS_PER_CALL)
    try:
        return int(connection.execute(explain_facts.count_query(quoted)).fetchone()[0])
    except sqlite3.OperationalError as error:
        if error.sqlite_errorname != "SQLITE_INTERRUPT" or calls <= COUNTING_CALLS:
            raise
        return None
    finally:
        connection.set_progress_handler(None, 0)


@dataclass(slots=True)
class _Run:
    rows: int
    ms: float
    calls: int


def measure(
    connection: sqlite3.Connection,
    sql: str,
    timeout_s: float = 60.0,
    runs: int = RUNS,
    values: BoundValues = (),
) -> Actuals:
    """Run a statement to its end some times, and count what SQLite lets us count.

    Raises TimedOut, and what sqlite3 raises. A caller who may write wraps this in a savepoint.
    """
    deadline = perf_counter() + timeout_s
    before = _counters(connection, sql)
    first = _once(connection, sql, deadline, values)
    after = _counters(connection, sql)
    taken = [first, *(_once(connection, sql, deadline, values) for _ in range(runs - 1))]
    measured = Actuals(
        rows_returned=first.rows,
        wall_ms=min(run.ms for run in taken),
        first_ms=first.ms,
        vm_steps=first.calls * STEPS_PER_CALL,
        exact=False,
    )
    if after is None:
        return measured
    scan, sort, automatic, step = (
        now - was for now, was in zip(after, before or (0, 0, 0, 0), strict=True)
    )
    return replace(
        measured,
        vm_steps=step,
        exact=True,
        fullscan_steps=scan,
        sorts=sort,
        autoindex_rows=automatic,
    )


def _once(
    connection: sqlite3.Connection, sql: str, deadline: float, values: BoundValues = ()
) -> _Run:
    calls = 0

    def tick() -> int:
        nonlocal calls
        calls += 1
        return int(perf_counter() > deadline)

    connection.set_progress_handler(tick, STEPS_PER_CALL)
    rows, started = 0, perf_counter()
    try:
        cursor = connection.execute(sql, bound(sql, values))
        while chunk := cursor.fetchmany(CHUNK):
            rows += len(chunk)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorname == "SQLITE_INTERRUPT" and perf_counter() > deadline:
            late = TimedOut("The measurement took longer than it was given.")
            late.how_far = f"{rows:,} rows, about {calls * STEPS_PER_CALL:,} VM steps"
            raise late from None
        raise
    finally:
        connection.set_progress_handler(None, 0)
    return _Run(rows, (perf_counter() - started) * 1000, calls)


def _counters(connection: sqlite3.Connection, sql: str) -> tuple[int, int, int, int] | None:
    """What sqlite_stmt holds of a statement; None where the table is not built in or empty."""
    try:
        found = connection.execute(COUNTERS, (sql,)).fetchone()
    except sqlite3.OperationalError:
        return None
    return None if found is None else (found[0], found[1], found[2], found[3])


def pages(connection: sqlite3.Connection, names: set[str]) -> tuple[tuple[str, int], ...]:
    """Pages of the tables and indexes of some names, where dbstat is built in."""
    found = []
    for name in sorted(names - {""}):
        try:
            row = connection.execute(
                "SELECT sum(pageno) FROM dbstat WHERE name = ? AND aggregate = 1", (name,)
            ).fetchone()
        except sqlite3.OperationalError:
            return ()
        if row and row[0]:
            found.append((name, int(row[0])))
    return tuple(found)


def rows_per_loop(
    connection: sqlite3.Connection,
    sql: str,
    read: tuple[PlanStep, ...],
    timeout_s: float = 60.0,
    values: BoundValues = (),
) -> tuple[tuple[str, int], ...]:
    """Rows that reach each loop, by a counting function added to WHERE.

    Nothing when the statement is not one plain SELECT of inner joins over rowid tables, or when
    the plan is another with the function in it.
    """
    scopes = query_shape.scopes(sql)
    items = scopes[0].items if len(scopes) == 1 else ()
    if not items or scopes[0].compound or any(item.join not in {"", "CROSS"} for item in items):
        return ()
    rewritten = with_hits(sql, [item.alias for item in items])
    if rewritten is None or any(not item.table for item in items):
        return ()
    hits = [0] * len(items)

    def hit(number: int, _rowid: object) -> int:
        hits[number] += 1
        return 1

    connection.create_function(HIT, 2, hit)
    try:
        if [step.raw for step in steps(connection, rewritten)] != [step.raw for step in read]:
            return ()
        _once(connection, rewritten, perf_counter() + timeout_s, values)
    except (sqlite3.OperationalError, TimedOut):
        return ()
    finally:
        connection.create_function(HIT, 2, None)
    return tuple((item.alias, count) for item, count in zip(items, hits, strict=True))


def with_hits(sql: str, aliases: Sequence[str]) -> str | None:
    """The statement with one call per FROM item in its WHERE; None where there is no place."""
    calls = " AND ".join(
        f'{HIT}({number}, "{alias}".rowid)' for number, alias in enumerate(aliases)
    )
    depth, where, end = 0, None, len(sql)
    for token in query_shape.lex(sql):
        depth += (token.text == "(") - (token.text == ")")
        if depth:
            continue
        if token.word == "WHERE" and where is None:
            where = token.end
        elif token.mark in {"GROUP", "ORDER", "LIMIT", "WINDOW", "HAVING", ";"}:
            end = token.start
            break
    if where is None:
        return f"{sql[:end]} WHERE {calls} {sql[end:]}"
    return f"{sql[:where]} {calls} AND ({sql[where:end]}) {sql[end:]}"
