"""COPY over the connection: PostgreSQL sends and takes its rows outside of any result."""

from collections.abc import Iterable

import psycopg
from sqlalchemy import Connection
from sqlalchemy.util.concurrency import await_only

from studio.backends.base import Copied
from studio.model.errors import Unsupported
from studio.sqltext.copying import CopyStream, copy_stream
from studio.sqltext.syntax import POSTGRESQL

_BINARY = b"PGCOPY\n\xff\r\n\0"
_BYTEA, _TEXT = 17, 25
"""Oids."""
_HOW_TO_READ = (
    "COPY … FROM STDIN waits for rows behind the statement, and none are sent from here: nothing "
    "was run. psql sends them (\\copy TABLE FROM 'FILE'), COPY … FROM '/PATH' reads a file of the "
    "server, and a few rows are an INSERT"
)


def copied(connection: Connection, statement: str) -> Copied | None:
    """What a COPY … TO STDOUT sends, a line a row; None for any other statement.

    Raises Unsupported for COPY … FROM STDIN, psycopg.Error.
    """
    stream = copy_stream(statement, POSTGRESQL)
    if stream is None:
        return None
    if stream is CopyStream.IN:
        raise Unsupported(_HOW_TO_READ)
    driver = connection.connection.driver_connection
    if isinstance(driver, psycopg.AsyncConnection):
        return _made(await_only(_received_async(driver, statement)))
    if isinstance(driver, psycopg.Connection):
        return _made(_received(driver, statement))
    raise TypeError(driver)


def _received(driver: psycopg.Connection[object], statement: str) -> list[bytes]:
    with driver.cursor() as cursor, cursor.copy(_sent(statement)) as copy:
        return [bytes(line) for line in copy]


async def _received_async(driver: psycopg.AsyncConnection[object], statement: str) -> list[bytes]:
    async with driver.cursor() as cursor, cursor.copy(_sent(statement)) as copy:
        return [bytes(line) async for line in copy]


def _sent(statement: str) -> bytes:
    try:
        return statement.encode()
    except UnicodeEncodeError as error:
        part = ascii(error.object[error.start : error.end])
        raise psycopg.DataError(f"{part} is no text in this database's encoding") from error


def _made(lines: Iterable[bytes]) -> Copied:
    found = list(lines)
    if found and found[0].startswith(_BINARY):
        return Copied("copy", _BYTEA, [(line,) for line in found])
    # Its ENCODING option may say another encoding: bytes that are no UTF-8 stay what they are.
    rows = [(line.removesuffix(b"\n").decode("utf-8", "surrogateescape"),) for line in found]
    return Copied("copy", _TEXT, rows)
