"""A person's own session on PostgreSQL: one statement at a time, in the simple protocol."""

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection

from studio.backends.halves.running import (
    Notification,
    Sent,
    SentStatement,
    TransactionNow,
    Trouble,
)
from studio.backends.postgresql import blocks, failures, keeping, notifications
from studio.backends.postgresql.connecting import exact_text
from studio.backends.postgresql.editing import CAME_UP
from studio.backends.postgresql.streaming import Streamed, can_stream
from studio.model.catalog import TableRef
from studio.model.page import Value
from studio.sqltext.copying import CopyStream, copy_stream
from studio.sqltext.parameters import Numbered, numbered
from studio.sqltext.syntax import POSTGRESQL

_CHANGING = ("INSERT", "UPDATE", "DELETE", "MERGE")
"""The tags whose number is one of changed rows, even beside rows that came back."""
_TEXT = 25
_TRANSACTION_ID = f"SELECT txid_current()::text || '@' || {CAME_UP}".encode()
_STATES = {
    TransactionStatus.IDLE: TransactionNow.NONE,
    TransactionStatus.INERROR: TransactionNow.FAILED,
}


class PostgreSQLRunning:
    """See halves.running."""

    tells_settings = True

    def send(self, connection: Connection, sent: Sent) -> SentStatement:
        """Without parameters as text alone, so that what refuses a block runs; with them, as text
        whose types the server infers.
        """
        driver = _driver(connection)
        stream = copy_stream(sent.text, POSTGRESQL)
        if stream is CopyStream.IN:
            return _CopiedIn(driver, sent)
        if stream is CopyStream.OUT:
            return _CopiedOut(driver, sent)
        found = _numbered(sent)
        if not found.names:
            if not can_stream():
                return _Answer(driver, sent)
            idle = self.transaction(connection) is TransactionNow.NONE
            may_stop = sent.reads and (idle or sent.alone)
            return Streamed(driver, encoded(sent.text), may_stop=may_stop)
        cursor = psycopg.RawCursor(driver)
        cursor.execute(encoded(found.text), [sent.values[name] for name in found.names])
        return _Fetched(cursor)

    def begin(self, connection: Connection, *, reads: bool) -> None:
        """The person's own defaults decide what it may do."""
        del reads
        _driver(connection).execute(b"BEGIN")

    def transaction(self, connection: Connection) -> TransactionNow:
        """As the protocol tells after every statement."""
        status = _driver(connection).info.transaction_status
        return _STATES.get(status, TransactionNow.OPEN)

    def reads_backslashes(self, connection: Connection) -> bool:
        """The server reports every change of it (libpq-status, PQparameterStatus)."""
        strings = _driver(connection).info.parameter_status("standard_conforming_strings")
        return strings == "off"

    def prepare(self, connection: Connection) -> str:
        """Nothing is set: the server's own settings are what a person expects."""
        notifications.collect(_driver(connection))
        return keeping.shared_because(_driver(connection))

    def hung_up(self, connection: Connection) -> bool:
        """What the socket says by now."""
        return keeping.hung_up(_driver(connection))

    def transaction_id(self, connection: Connection) -> str:
        """With when the server came up: one that crashed gives ids again."""
        row = _driver(connection).execute(_TRANSACTION_ID).fetchone()
        return str(row[0]) if row is not None else ""

    def socket(self, connection: Connection) -> int | None:
        """The line to the server."""
        driver = _driver(connection)
        return None if driver.closed else driver.fileno()

    def notified(self, connection: Connection) -> Sequence[Notification]:
        """Those that came between statements' answers, and those that wait in the socket."""
        return notifications.taken(_driver(connection))

    def kept(self, connection: Connection) -> tuple[str, ...]:
        """As the server's own catalogs tell."""
        return keeping.kept(_driver(connection))

    def count(self, connection: Connection, name: tuple[str, ...], within_s: float) -> int | None:
        """In a savepoint, or a transaction of its own: the server itself ends it in time."""
        is_open = self.transaction(connection) is TransactionNow.OPEN
        return keeping.count(_driver(connection), name, within_s, is_open=is_open)

    def relation(self, connection: Connection, name: tuple[str, ...]) -> TableRef | None:
        """By the search path as it is set there."""
        return keeping.relation(_driver(connection), name)

    def pin(self, connection: Connection) -> None:
        """As on every lane of studio's own; not in a failed transaction, which answers nothing."""
        if self.transaction(connection) is not TransactionNow.FAILED:
            _driver(connection).execute(exact_text())

    def value(self, text: str, kind: str) -> str | None:
        """Text, whose type the server infers; or NULL."""
        if kind == "null":
            return None
        if kind not in {"", "text"}:
            raise ValueError(
                f"write :name::{kind} in the statement: the server takes it from there"
            )
        return text

    def trouble(self, connection: Connection, error: BaseException, sent: Sent) -> Trouble | None:
        """From the server's own fields."""
        del connection
        if not isinstance(error, psycopg.Error):
            return None
        said = error.diag
        place = said.statement_position
        position = int(place) - 1 if place and place.isdigit() else None
        internal = said.internal_position
        context = tuple(filter(None, failures.clean(said.context or "").split("\n")))
        return Trouble(
            error.sqlstate or "",
            failures.message(error),
            None if position is None else _numbered(sent).back(position),
            failures.clean(said.message_detail or ""),
            failures.clean(said.message_hint or ""),
            context,
            (said.internal_query, int(internal))
            if said.internal_query and internal and internal.isdigit()
            else None,
            blocks.place_in_block(sent.text, context),
        )


def _numbered(sent: Sent) -> Numbered:
    return numbered(sent.text, POSTGRESQL, sent.values)


def _driver(connection: Connection) -> psycopg.Connection[Any]:
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError(driver)
    return driver


class _Fetched:
    """An answer that the driver holds whole."""

    copied = False

    def __init__(self, cursor: psycopg.Cursor[Any]) -> None:
        self._cursor = cursor
        described = cursor.description
        self.columns: tuple[str, ...] | None = (
            None if described is None else tuple(each.name for each in described)
        )
        self.type_codes: tuple[object, ...] = tuple(each.type_code for each in described or ())

    def rows(self, size: int) -> Sequence[tuple[Value, ...]]:
        """More of what is there."""
        return [] if self.columns is None else self._cursor.fetchmany(size)

    def abandon(self) -> None:
        """All of it is here."""
        self._cursor.close()

    def end(self) -> tuple[int, str]:
        """The tag's own number, where it is one of changes."""
        command, count = self._cursor.statusmessage or "", self._cursor.rowcount
        self._cursor.close()
        if self.columns is not None and not command.startswith(_CHANGING):
            count = -1
        return count, command


class _Answer(_Fetched):
    """One statement without parameters, where libpq has no chunks: all of its rows at once."""

    def __init__(self, driver: psycopg.Connection[Any], sent: Sent) -> None:
        cursor = driver.cursor()
        # As bytes, and without parameters: psycopg reads no `%` in it.
        cursor.execute(encoded(sent.text))
        super().__init__(cursor)


class _CopiedIn:
    """COPY … FROM STDIN, with the lines behind it."""

    columns: tuple[str, ...] | None = None
    type_codes: tuple[object, ...] = ()
    copied = True

    def __init__(self, driver: psycopg.Connection[Any], sent: Sent) -> None:
        with driver.cursor() as cursor:
            with cursor.copy(encoded(sent.text)) as copy:
                copy.write(encoded(sent.data or ""))
            self._count = cursor.rowcount

    def rows(self, size: int) -> Sequence[tuple[Value, ...]]:
        """None come back."""
        del size
        return []

    def abandon(self) -> None:
        """All of it went."""

    def end(self) -> tuple[int, str]:
        """Rows that came."""
        return self._count, ""


class _CopiedOut:
    """COPY … TO STDOUT: one column, a line a row."""

    columns: tuple[str, ...] | None = ("copy",)
    type_codes: tuple[object, ...] = (_TEXT,)
    copied = True

    def __init__(self, driver: psycopg.Connection[Any], sent: Sent) -> None:
        with driver.cursor() as cursor:
            with cursor.copy(encoded(sent.text)) as copy:
                self._rows: list[tuple[Value, ...]] = [(_line(bytes(each)),) for each in copy]
            self._count = cursor.rowcount
        self._given = 0

    def rows(self, size: int) -> Sequence[tuple[Value, ...]]:
        """Some more lines."""
        first, self._given = self._given, self._given + size
        return self._rows[first : self._given]

    def abandon(self) -> None:
        """All of it came."""

    def end(self) -> tuple[int, str]:
        """Rows that went."""
        return self._count, ""


def _line(raw: bytes) -> str:
    # Its ENCODING option may say another one: bytes that are no UTF-8 stay what they are.
    return raw.removesuffix(b"\n").decode("utf-8", "surrogateescape")


def encoded(text: str) -> bytes:
    """What is sent. Raises psycopg.DataError for half a character."""
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        part = ascii(error.object[error.start : error.end])
        raise psycopg.DataError(f"{part} is no text in this database's encoding") from error
