"""Whether the server understands a statement, without running any of it, and where it does not."""

import asyncio
from typing import Any

import psycopg
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn, PGresult
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.util.concurrency import await_only

from studio.backends.halves.parameter_types import ParameterType
from studio.model.errors import UNBOUND, UNBOUND_HINT, StatementFailed

_TYPES = """
SELECT format_type(wanted.oid::oid, NULL), array_to_string(ARRAY(
  SELECT enumlabel::text FROM pg_catalog.pg_enum WHERE enumtypid = wanted.oid::oid
  ORDER BY enumsortorder LIMIT 100), chr(31))
FROM unnest(string_to_array(%s, ',')) WITH ORDINALITY AS wanted (oid, place) ORDER BY place
"""


def understood(connection: Connection, statement: str) -> None:
    """Let the server parse `statement` and resolve its names (Parse of the extended protocol).

    Raises StatementFailed for a parameter without a value, DBAPIError for what the server says.
    """
    if _types_wanted(connection, statement):
        raise StatementFailed(UNBOUND, statement, hint=UNBOUND_HINT)


def parameter_types(connection: Connection, statement: str) -> tuple[ParameterType, ...]:
    """The type the server infers for `$1`, `$2`, …, and the labels of an enum. Raises DBAPIError
    for what the server says; nothing runs.
    """
    wanted = _types_wanted(connection, statement)
    if not wanted:
        return ()
    found = connection.exec_driver_sql(_TYPES, (",".join(map(str, wanted)),)).fetchall()
    return tuple(
        ParameterType(str(name), tuple(filter(None, str(labels).split("\x1f"))))
        for name, labels in found
    )


def _types_wanted(connection: Connection, statement: str) -> tuple[int, ...]:
    """The OID of each parameter's type. Raises DBAPIError."""
    driver: Any = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection | psycopg.AsyncConnection):
        return ()
    try:
        text = statement.encode(driver.info.encoding)
    except UnicodeEncodeError:
        return ()
    try:
        if isinstance(driver, psycopg.AsyncConnection):
            return await_only(asyncio.to_thread(_parse, driver.pgconn, text))
        return _parse(driver.pgconn, text)
    except psycopg.Error as error:
        raise DBAPIError(statement, None, error) from error


def columns_of(connection: Connection, query: str) -> tuple[str, ...]:
    """The names of the columns a query would have, on a blocking connection; raises as above."""
    driver: Any = connection.connection.driver_connection
    try:
        described = _described(driver.pgconn, query.encode(driver.info.encoding))
    except psycopg.Error as error:
        raise DBAPIError(query, None, error) from error
    except UnicodeEncodeError as error:
        raise StatementFailed(str(error), query) from error
    found = (described.fname(number) or b"" for number in range(described.nfields))
    return tuple(name.decode(driver.info.encoding) for name in found)


def _parse(connection: PGconn, text: bytes) -> tuple[int, ...]:
    """The types of its parameters."""
    described = _described(connection, text)
    return tuple(described.param_type(number) for number in range(described.nparams))


def _described(connection: PGconn, text: bytes) -> PGresult:
    answer = connection.prepare(b"", text)
    if answer.status == ExecStatus.FATAL_ERROR:
        raise error_from_result(answer)
    return connection.describe_prepared(b"")
