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

from studio.model.errors import UNBOUND, UNBOUND_HINT, StatementFailed


def understood(connection: Connection, statement: str) -> None:
    """Let the server parse `statement` and resolve its names (Parse of the extended protocol).

    Raises StatementFailed for a parameter without a value, DBAPIError for what the server says.
    """
    driver: Any = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection | psycopg.AsyncConnection):
        return
    try:
        text = statement.encode(driver.info.encoding)
    except UnicodeEncodeError:
        return
    try:
        if isinstance(driver, psycopg.AsyncConnection):
            wanted = await_only(asyncio.to_thread(_parse, driver.pgconn, text))
        else:
            wanted = _parse(driver.pgconn, text)
    except psycopg.Error as error:
        raise DBAPIError(statement, None, error) from error
    if wanted:
        raise StatementFailed(UNBOUND, statement, hint=UNBOUND_HINT)


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


def _parse(connection: PGconn, text: bytes) -> int:
    """How many parameters it has."""
    return _described(connection, text).nparams


def _described(connection: PGconn, text: bytes) -> PGresult:
    answer = connection.prepare(b"", text)
    if answer.status == ExecStatus.FATAL_ERROR:
        raise error_from_result(answer)
    return connection.describe_prepared(b"")
