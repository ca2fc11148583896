"""PostgreSQL: libpq's way in, psycopg's way through, the server's own text on the way out."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar

import psycopg
from sqlalchemy import URL, ColumnElement, Connection, Engine, NullPool, Select, create_engine

from studio.backends.base import Opening, Purpose, Target, asyncio_engine
from studio.backends.halves.editing import Editing
from studio.backends.halves.operators import Operators
from studio.backends.halves.parameter_types import ParameterType
from studio.backends.halves.printing import PrintedQuery
from studio.backends.halves.schema_changes import SchemaChanges
from studio.backends.halves.schema_extras import Extras
from studio.backends.halves.scratch import Scratch
from studio.backends.postgresql import (
    calls,
    catalog,
    compiling,
    connecting,
    conninfo,
    estimates,
    failures,
    kinds,
    notices,
    parsing,
    printing,
    script,
    values,
)
from studio.backends.postgresql.conninfo import PostgresOpening
from studio.backends.postgresql.dialect import ASYNC_DRIVERNAME, DRIVERNAME
from studio.backends.postgresql.editing import PostgreSQLEditing
from studio.backends.postgresql.operators import OPERATORS
from studio.backends.postgresql.queries import ask
from studio.model.catalog import Catalog, Column, ColumnKind, Table, TableRef, TableSummary
from studio.model.errors import ReadOnly, StudioError
from studio.model.page import RowCount, Value
from studio.model.server import Server
from studio.model.table_use import TableUse
from studio.sqltext.syntax import POSTGRESQL, Syntax

_CANCEL_TIMEOUT_S = 5.0
_URL = URL.create(DRIVERNAME)
"""Only names the dialect: the address stays with libpq, which alone reads it."""


class PostgreSQL:
    """PostgreSQL 12 and later."""

    name: ClassVar[str] = "postgresql"
    begin_write: ClassVar[str] = "BEGIN READ WRITE"
    """Says so, because a role or a database may default to read only."""
    begin_read: ClassVar[str] = "BEGIN READ ONLY; SELECT 1"
    """Once a query ran, the server refuses to turn the transaction to READ WRITE."""
    editing: ClassVar[Editing] = PostgreSQLEditing()
    syntax: ClassVar[Syntax] = POSTGRESQL
    cancels_connecting: ClassVar[bool] = True
    operators: ClassVar[Operators] = OPERATORS
    schema_changes: ClassVar[SchemaChanges] = SchemaChanges(
        locks_for_indexes=True, rewrites=True, forbids_in_transaction=True
    )
    running: ClassVar[str] = "studio.backends.postgresql.running:PostgreSQLRunning"
    checking: ClassVar[str] = "studio.backends.postgresql.doctor.checking:PostgreSQLChecking"
    explaining: ClassVar[str] = "studio.backends.postgresql.plans.run:PostgreSQLExplaining"
    bulk: ClassVar[str] = "studio.backends.postgresql.bulk:PostgreSQLBulk"
    statements: ClassVar[str] = (
        "studio.backends.postgresql.activity.statements:PostgreSQLStatements"
    )
    activity: ClassVar[str] = "studio.backends.postgresql.activity.looking:PostgreSQLActivity"
    proving: ClassVar[str] = "studio.backends.postgresql.plans.proving:PostgreSQLProving"
    completing: ClassVar[str] = "studio.backends.postgresql.completing:PostgreSQLCompleting"
    stored_objects: ClassVar[str] = "studio.backends.postgresql.stored_objects:PostgreSQLObjects"
    profiling: ClassVar[str] = "studio.backends.postgresql.profiling:PostgreSQLProfiling"
    unfolding: ClassVar[str] = "studio.backends.postgresql.unfolding:PostgreSQLUnfolding"

    # -- connecting ------------------------------------------------------------------------------

    def open(self, target: Target) -> Opening:
        """Read the address as libpq would; nothing is connected. Raises ConnectFailed."""
        return conninfo.opening(target)

    def is_stale(self, opening: Opening) -> bool:
        """Never: where a server is does not change with what is in it."""
        del opening
        return False

    def async_engine(self, opening: Opening, purpose: Purpose) -> Engine:
        """An engine whose connections are libpq's, without a pool."""
        return asyncio_engine(
            f"{ASYNC_DRIVERNAME}://", lambda: connecting.connect_async(_own(opening), purpose)
        )

    def sync_engine(self, opening: Opening, purpose: Purpose) -> Engine:
        """The same, blocking."""
        return create_engine(
            _URL,
            creator=lambda: connecting.connect(_own(opening), purpose),
            poolclass=NullPool,
            pool_reset_on_return=None,
            isolation_level="AUTOCOMMIT",
        )

    def scratch(self, opening: Opening) -> AbstractContextManager[Scratch]:
        """A schema of its own in a transaction that is rolled back."""
        from studio.backends.postgresql.scratch import scratch  # noqa: PLC0415 - rarely wanted

        if opening.target.read_only:
            raise ReadOnly("this connection is read-only, and a scratch schema has to be written")
        return scratch(
            self.sync_engine(opening, Purpose.EDIT),
            lambda connection: self.catalog(connection, self.server(connection, opening)),
        )

    async def interrupt(self, driver_connection: object) -> None:
        """Ask the server to stop what this connection runs; the connection stays usable."""
        try:
            if isinstance(driver_connection, psycopg.AsyncConnection):
                await driver_connection.cancel_safe(timeout=_CANCEL_TIMEOUT_S)
            elif isinstance(driver_connection, psycopg.Connection):
                await asyncio.to_thread(driver_connection.cancel_safe, timeout=_CANCEL_TIMEOUT_S)
        except psycopg.Error:
            # The server is gone or does not answer: the statement's own error will say so.
            return

    def translate(self, error: BaseException, sql: str = "") -> StudioError:
        """A psycopg exception as one of ours, by SQLSTATE."""
        return failures.translate(error, sql)

    # -- what is there ---------------------------------------------------------------------------

    def server(self, connection: Connection, opening: Opening) -> Server:
        """Who answers, and whether it takes writes."""
        (row,) = ask(connection, "server")
        number = int(row["number"] or 0)
        standby, asked = row["standby"] == "t", row["read_only"] == "on"
        facts = []
        if row["encoding"] != "UTF8":
            facts.append(str(row["encoding"]))
        read_only = standby or not opening.writable
        if asked and not read_only:
            facts.append("read-only by default")
        return Server(
            engine=self.name,
            version=(row["version"] or "").split(" ")[0],
            version_number=(number // 10000, number % 10000),
            database=row["database"] or "",
            read_only=read_only,
            user=row["user"] or "",
            facts=tuple(facts),
            product="PostgreSQL",
            read_only_because=f"{opening.label} is a {failures.STANDBY}" if standby else "",
            read_only_word="standby" if standby else "",
        )

    def outline(self, connection: Connection) -> tuple[TableSummary, ...]:
        """Every relation this user could name; the system's last."""
        return catalog.outline(connection)

    def table(self, connection: Connection, ref: TableRef) -> Table:
        """One relation, whole. Raises StatementFailed when there is none."""
        return catalog.table(connection, ref)

    def catalog(self, connection: Connection, server: Server) -> Catalog:
        """Everything, in bulk."""
        return catalog.catalog(connection, server)

    def schema_script(self, connection: Connection) -> Iterable[str]:
        """See halves.script."""
        return script.statements(connection)

    def beyond_read_only(self, connection: Connection, statement: str, *, planned: bool) -> str:
        """See halves.foresight."""
        return calls.beyond_read_only(connection, statement, planned=planned)

    def understood(self, connection: Connection, statement: str) -> None:
        """See halves.understanding: by the server's own parser."""
        compiling.understood(connection, statement)

    def parameter_types(self, connection: Connection, statement: str) -> tuple[ParameterType, ...]:
        """See halves.parameter_types."""
        return compiling.parameter_types(connection, statement)

    def printed(self, connection: Connection, expression: str, table: TableRef | None) -> str:
        """See halves.printing: by planning it."""
        return printing.printed(connection, expression, table)

    def printed_query(self, connection: Connection, query: str) -> PrintedQuery:
        """See halves.printing: by planning it."""
        return printing.printed_query(connection, query)

    def schema_extras(self, connection: Connection) -> Extras:
        """See halves.schema_extras."""
        from studio.backends.postgresql.extras import schema_extras  # noqa: PLC0415 - rarely wanted

        return schema_extras(connection)

    def table_use(self, connection: Connection, ref: TableRef) -> TableUse:
        """See halves.table_use."""
        from studio.backends.postgresql.table_use import table_use  # noqa: PLC0415 - rarely wanted

        return table_use(connection, ref)

    def listen(self, driver_connection: object, tell: Callable[[str], None]) -> Callable[[], None]:
        """See halves.notices."""
        return notices.listen(driver_connection, tell)

    # -- rows ------------------------------------------------------------------------------------

    def shown(self, column: Column, value: ColumnElement[object]) -> ColumnElement[object]:
        """`value`, cut on the server when its text is longer than SHOWN_BYTES."""
        return values.shown(column, value)

    def sort_key(self, column: Column, value: ColumnElement[object]) -> ColumnElement[object]:
        """`value`, or its text where its type has no order or no equality."""
        return values.sort_key(column, value)

    def nulls_first(self, *, descending: bool) -> bool:
        """NULLs are the highest: last ascending, first descending."""
        return descending

    def bind(self, value: Value, column: Column | None) -> ColumnElement[object]:
        """`value` as text whose type the server infers."""
        return values.bind(value, column)

    def as_text(self, column: Column, value: ColumnElement[object]) -> ColumnElement[object]:
        """`value` as text."""
        return values.as_text(column, value)

    def contains(self, text: ColumnElement[object], needle: str) -> ColumnElement[bool]:
        """Whether `text` holds `needle`, ignoring case."""
        return values.contains(text, needle)

    def parse(self, text: str, column: Column) -> Value:
        """What was typed, as text the server will read. Raises ValueError with the type's rule."""
        return parsing.parse(text, column)

    def estimate(
        self, connection: Connection, table: Table, selection: Select[Any] | None
    ) -> RowCount | None:
        """From statistics scaled to today's size, or from the planner."""
        return estimates.estimate(connection, table, selection)

    def row_counter(self) -> None:
        """The outline said all that the server knows without reading."""

    def result_kinds(self, type_codes: Sequence[object]) -> tuple[ColumnKind, ...]:
        """By the type's oid; types made by people are OTHER."""
        return kinds.of_result(type_codes)


def _own(opening: Opening) -> PostgresOpening:
    if not isinstance(opening, PostgresOpening):
        raise TypeError("this opening was not made by the PostgreSQL backend")
    return opening
