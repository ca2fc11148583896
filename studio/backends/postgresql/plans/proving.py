"""Trying indexes on PostgreSQL: with HypoPG when it is installed (estimates only), else in one
transaction that is rolled back. "It did not help" is an answer.
"""

from collections.abc import Callable, Sequence

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from studio.backends.base import Purpose
from studio.backends.halves.explaining import Lanes
from studio.backends.halves.proving import Proof
from studio.backends.plans.consent import one_statement
from studio.backends.plans.savepoint import attempted, behind_savepoint
from studio.backends.plans.trying import MOST_BYTES, repeated
from studio.backends.postgresql.calls import beyond_read_only
from studio.backends.postgresql.plans import explain_run
from studio.backends.postgresql.plans.explained import explained
from studio.backends.postgresql.plans.knowledge import quoted
from studio.backends.postgresql.plans.plan import Plan
from studio.model.errors import Refused
from studio.model.finding import IndexHint
from studio.sqltext.syntax import POSTGRESQL

CONCURRENTLY = "CREATE INDEX CONCURRENTLY "
HYPOPG = (
    "SELECT n.nspname FROM pg_catalog.pg_extension e "
    "JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'hypopg'"
)
"""Its schema, which need not be on the search path."""


class PostgreSQLProving:
    """See halves.proving."""

    def how(self, hints: Sequence[IndexHint]) -> str:
        """Whoever writes to the tables waits meanwhile."""
        what = "It is" if len(hints) == 1 else "They are"
        tables = " or ".join(dict.fromkeys(hint.table for hint in hints))
        return (
            f"{what} built in a transaction that is rolled back (or only imagined, with HypoPG). "
            f"Until then, whoever writes to {tables} waits."
        )

    async def prove(
        self, lanes: Lanes, sql: str, hints: Sequence[IndexHint], timeout_s: float
    ) -> Proof:
        """In a transaction of its own, or behind a savepoint in the person's."""
        statement, what = one_statement(sql, POSTGRESQL)
        if what.analyze_writes:
            raise Refused("An index is tried on statements that read: this one writes.")

        def work(connection: Connection) -> Proof:
            _limits(connection, timeout_s)
            if acting := beyond_read_only(connection, statement, planned=False):
                raise Refused(f"An index is tried on statements that only read: {acting}.")
            schema = connection.exec_driver_sql(HYPOPG).scalar()
            if schema is not None:
                return _hypothetical(connection, statement, hints, quoted(str(schema)))
            return _rolled_back(connection, statement, hints)

        return await lanes.rolled_back(
            Purpose.QUERY, explain_run.in_transaction, work, read_only=False
        )


def _limits(connection: Connection, timeout_s: float) -> None:
    connection.exec_driver_sql(f"SET LOCAL statement_timeout = {round(timeout_s * 1000)}")
    connection.exec_driver_sql("SET LOCAL lock_timeout = 2000")


def _rolled_back(connection: Connection, statement: str, hints: Sequence[IndexHint]) -> Proof:
    """CREATE INDEX blocks writers until the rollback: hence the size limit and lock_timeout."""
    for table in dict.fromkeys(hint.table for hint in hints):
        _refuse_large(connection, table)
    measuring = explain_run.Options(analyze=True)
    # Back at the savepoint the transaction may write again, and so create the indexes.
    before = behind_savepoint(connection, lambda c: _warm(c, statement, measuring))

    def build(hint: IndexHint) -> str:
        existing = _index_names(connection)
        attempted(connection, lambda c: c.exec_driver_sql(_plainly(hint)))
        return next(iter(_index_names(connection) - existing))

    made, left_out = _built(hints, build)
    after = _warm(connection, statement, measuring)
    return Proof(
        tuple(made.values()),
        explained(before),
        explained(after),
        before.execution_ms,
        after.execution_ms,
        _used(made, after),
        left_out=left_out,
    )


def _refuse_large(connection: Connection, table: str) -> None:
    schema, _, name = table.rpartition(".")
    size = explain_run.table_bytes(connection, schema, name)
    if size > MOST_BYTES:
        raise Refused(
            f"{table} has {size / 1024**2:,.0f} MB; above {MOST_BYTES // 1024**2} MB an index "
            "is not tried inside a transaction, because writers would wait for it."
        )


def _plainly(hint: IndexHint) -> str:
    """CONCURRENTLY cannot be undone, and so not be tried."""
    return hint.sql.replace(CONCURRENTLY, "CREATE INDEX ", 1)


def _built(
    hints: Sequence[IndexHint], build: Callable[[IndexHint], str]
) -> tuple[dict[str, IndexHint], tuple[tuple[IndexHint, str], ...]]:
    """Index name → what advised it, and those the server refuses; raises when it refuses all."""
    made: dict[str, IndexHint] = {}
    refused: list[tuple[IndexHint, str]] = []
    for hint in hints:
        try:
            made[build(hint)] = hint
        except DBAPIError as error:
            if error.connection_invalidated or len(refused) + 1 == len(hints):
                raise
            refused.append((hint, str(error.orig).partition("\n")[0]))
    return made, tuple(refused)


def _used(made: dict[str, IndexHint], after: Plan) -> tuple[IndexHint, ...]:
    read = {node.index for node in after.root.walk()}
    return tuple(hint for name, hint in made.items() if name in read)


def _warm(connection: Connection, statement: str, options: explain_run.Options) -> Plan:
    """The best of some runs: both plans are compared with what they need in the cache, and
    without what else the machine was doing.

    From here on the transaction only reads, whatever functions the statement calls.
    """
    connection.exec_driver_sql("SET LOCAL transaction_read_only = on")
    plans = repeated(lambda: explain_run.run(connection, statement, options))
    return min(plans, key=lambda plan: plan.execution_ms or 0.0)


def _index_names(connection: Connection) -> set[str]:
    names = connection.exec_driver_sql(
        "SELECT relname FROM pg_catalog.pg_class WHERE relkind = 'i'"
    )
    return {str(name) for (name,) in names}


def _hypothetical(
    connection: Connection, statement: str, hints: Sequence[IndexHint], schema: str
) -> Proof:
    """HypoPG: indexes only the planner sees; nothing is run."""
    planning = explain_run.Options()
    before = explain_run.run(connection, statement, planning)
    asked = text(f"SELECT indexrelid, indexname FROM {schema}.hypopg_create_index(:sql)")
    imagined: list[int] = []

    def build(hint: IndexHint) -> str:
        made, name = attempted(
            connection, lambda c: c.execute(asked, {"sql": _plainly(hint)}).one()
        )
        imagined.append(made)
        return str(name)

    try:
        made, left_out = _built(hints, build)
        # No rollback takes such an index back, and after an error only a rollback is heard.
        after = behind_savepoint(connection, lambda c: explain_run.run(c, statement, planning))
    finally:
        for one in imagined:
            connection.execute(text(f"SELECT {schema}.hypopg_drop_index(:made)"), {"made": one})
    costs = tuple(plan.root.estimate.total_cost for plan in (before, after) if plan.root.estimate)
    cost = (costs[0], costs[1]) if len(costs) == 2 else None  # noqa: PLR2004 - before and after
    return Proof(
        tuple(made.values()),
        explained(before),
        explained(after),
        None,
        None,
        _used(made, after),
        cost,
        left_out,
    )
