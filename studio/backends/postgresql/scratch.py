"""A schema nobody else sees, in a transaction that never commits."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import cast

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from studio.backends.postgresql import failures
from studio.backends.postgresql.extras import schema_extras
from studio.backends.postgresql.schema_statements import StatementVerdict, judged
from studio.model.catalog import Catalog, Table, TableKind, TableRef
from studio.model.errors import Refused
from studio.model.policies import Policing
from studio.model.stored import StoredPart, StoredRoutine

_BELTS = {
    "statement_timeout": "10s",
    "lock_timeout": "1s",
    "idle_in_transaction_session_timeout": "60s",
    # What a function's body names may be made later, or be somewhere else.
    "check_function_bodies": "off",
}
_SCHEMAS = (
    "SELECT nspname FROM pg_catalog.pg_namespace"
    " WHERE nspname NOT IN ('pg_catalog', 'information_schema')"
)
_EVENT_TRIGGERS = "SELECT evtname FROM pg_catalog.pg_event_trigger WHERE evtenabled <> 'D'"
_SHOWN = frozenset({
    TableKind.TABLE, TableKind.PARTITIONED, TableKind.VIEW, TableKind.MATERIALIZED_VIEW,
})  # fmt: skip


class PostgresScratch:
    """Statements one by one; every one is looked at before it is sent."""

    def __init__(
        self,
        through: Connection,
        name: str,
        catalog: Callable[[Connection], Catalog],
    ) -> None:
        self._through = through
        self._connection = connection = _driver(through)
        self._name = name
        self._catalog = catalog
        self._outside = frozenset(
            str(row[0]) for row in connection.execute(_SCHEMAS) if row[0] != name
        )

    def run(self, statement: str) -> bool:
        """One statement in the scratch schema; raises Refused, StatementFailed."""
        verdict, text = judged(statement, self._outside)
        if verdict is StatementVerdict.REFUSED:
            raise Refused(text)
        if verdict is StatementVerdict.LEFT_OUT:
            return False
        self._must_be_inside()
        try:
            # Prepared, a text can hold one statement only: no COMMIT hides behind a semicolon.
            self._connection.execute(text.encode(), prepare=True)
        except psycopg.Error as error:
            raise failures.translate(error, statement) from error
        return True

    def tables(self) -> tuple[Table, ...]:
        """Tables and views of the scratch schema, as if they stood where unqualified names go."""
        self._must_be_inside()
        try:
            found = self._catalog(self._through)
        except SQLAlchemyError as error:
            raise failures.translate(getattr(error, "orig", None) or error) from error
        policing = schema_extras(self._through).policing
        return tuple(
            self._unnamed(replace(table, policing=policing.get(table.ref, Policing())))
            for table in found.tables()
            if table.ref.schema == self._name and table.kind in _SHOWN
        )

    def routines(self) -> tuple[StoredRoutine, ...]:
        """Functions and procedures of the scratch schema, in the same way."""
        self._must_be_inside()
        return tuple(
            replace(
                routine,
                ref=TableRef(None, routine.ref.name),
                arguments=self._bare(routine.arguments),
                sql=self._bare(routine.sql),
            )
            for routine in schema_extras(self._through).routines
            if routine.ref.schema == self._name
        )

    def parts(self) -> tuple[StoredPart, ...]:
        """What else the server says of the scratch schema, in the same way."""
        self._must_be_inside()
        return tuple(
            replace(part, schema="", said=self._bare(part.said))
            for part in schema_extras(self._through).parts
            if part.schema == self._name
        )

    def _bare(self, text: str) -> str:
        # A name nobody has: it stands nowhere but as the schema.
        return text.replace(f"{self._name}.", "")

    def _unnamed(self, table: Table) -> Table:
        keys = (replace(key, target=TableRef(None, key.target.name)) for key in table.foreign_keys)
        triggers = (replace(each, sql=self._bare(each.sql)) for each in table.triggers)
        return replace(
            table,
            ref=TableRef(None, table.ref.name),
            foreign_keys=tuple(keys),
            triggers=tuple(triggers),
        )

    def _must_be_inside(self) -> None:
        if self._connection.info.transaction_status is not TransactionStatus.INTRANS:
            raise Refused("the scratch transaction is gone, so nothing more is run")


@contextmanager
def scratch(engine: Engine, catalog: Callable[[Connection], Catalog]) -> Iterator[PostgresScratch]:
    """A fresh schema under a name nobody has, gone at the end whatever happens.

    `engine` makes connections that may write and begin nothing by themselves. Raises Refused where
    event triggers would see it, ConnectFailed, StatementFailed.
    """
    with engine.connect() as through:
        yield from _inside(through, catalog)


def _inside(
    through: Connection, catalog: Callable[[Connection], Catalog]
) -> Iterator[PostgresScratch]:
    connection = _driver(through)
    try:
        if (found := connection.execute(_EVENT_TRIGGERS).fetchone()) is not None:
            raise Refused(f"the event trigger {found[0]} would run for every replayed statement")
        name = f"studio_scratch_{secrets.token_hex(8)}"
        _enter(connection, name)
        yield PostgresScratch(through, name, catalog)
    except psycopg.Error as error:
        raise failures.translate(error) from error
    finally:
        _leave(connection)


def _enter(connection: psycopg.Connection[tuple[object, ...]], name: str) -> None:
    connection.execute("BEGIN READ WRITE")
    if connection.info.transaction_status is not TransactionStatus.INTRANS:
        raise Refused("no transaction could be opened that would keep this in one piece")
    schema = sql.Identifier(name)
    connection.execute(sql.SQL("CREATE SCHEMA {}").format(schema))
    # Nothing else is on the path: a name that is not made here is not found, never found outside.
    connection.execute(sql.SQL("SET LOCAL search_path TO {}").format(schema))
    for setting, value in _BELTS.items():
        words = sql.SQL("SET LOCAL {} TO {}").format(sql.Identifier(setting), sql.Literal(value))
        connection.execute(words)


def _leave(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    try:
        if not connection.closed:
            connection.execute("ROLLBACK")
    except psycopg.Error:
        # A lost connection rolls back by itself.
        connection.close()


def _driver(through: Connection) -> psycopg.Connection[tuple[object, ...]]:
    return cast("psycopg.Connection[tuple[object, ...]]", through.connection.driver_connection)
