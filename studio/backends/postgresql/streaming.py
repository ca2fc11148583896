"""One statement in the simple protocol, its rows as they come: no cursor, and never all in memory.

psycopg's own `stream` runs in the extended protocol, and tells neither the columns of an empty
answer nor the tag of any.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import capabilities
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.generators import fetch, send
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult

from studio.model.page import Value

CHUNK = 500
_ROWS = {ExecStatus.TUPLES_CHUNK, ExecStatus.SINGLE_TUPLE}
_DONE = {ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK, ExecStatus.EMPTY_QUERY}
_CHANGING = (b"INSERT", b"UPDATE", b"DELETE", b"MERGE")
"""The tags whose number is one of changed rows, even beside rows that came back."""


def can_stream() -> bool:
    """Whether libpq gives rows in chunks (17 and later)."""
    return capabilities.has_stream_chunked()


class Streamed:
    """One statement that was sent, and what comes of it."""

    copied = False

    def __init__(self, driver: psycopg.Connection[Any], text: bytes, *, may_stop: bool) -> None:
        """`may_stop`: it may be cancelled when no more of it is wanted, because nothing else goes
        with it. Raises psycopg.Error.
        """
        self._driver = driver
        self._may_stop = may_stop
        self._loader = Transformer(driver)
        self._waiting: list[tuple[Value, ...]] = []
        self._last: PGresult | None = None
        self._tag = b""
        self._count: int | None = None
        driver.pgconn.send_query(text)
        driver.pgconn.set_chunked_rows_mode(CHUNK)
        driver.wait(send(driver.pgconn))
        first = self._next()
        self.columns: tuple[str, ...] | None = None
        self.type_codes: tuple[object, ...] = ()
        if first.status in _ROWS or first.status == ExecStatus.TUPLES_OK:
            names = (first.fname(n) or b"" for n in range(first.nfields))
            self.columns = tuple(name.decode("utf-8", "surrogateescape") for name in names)
            self.type_codes = tuple(first.ftype(n) for n in range(first.nfields))

    def rows(self, size: int) -> Sequence[tuple[Value, ...]]:
        """The next ones."""
        while len(self._waiting) < size and self._last is None:
            self._next()
        found, self._waiting = self._waiting[:size], self._waiting[size:]
        return found

    def end(self) -> tuple[int, str]:
        """Read to its end, or stop where that harms nothing."""
        if self._last is None and self._may_stop:
            self._stop()
            return -1, ""
        while self._last is None:
            self._next()
            self._waiting = []
        if self.columns is not None and not self._tag.startswith(_CHANGING):
            return -1, self._tag.decode()
        return -1 if self._count is None else self._count, self._tag.decode()

    def abandon(self) -> None:
        """Stop it in the server; a transaction around it has failed then."""
        if self._last is None and not self._driver.closed:
            with suppress(psycopg.Error):
                self._stop()

    def _stop(self) -> None:
        self._driver.cancel_safe()
        try:
            while self._last is None:
                self._next()
                self._waiting = []
        except psycopg.errors.QueryCanceled:
            return

    def _next(self) -> PGresult:
        """The next of its results. Raises psycopg.Error, with the connection ready again."""
        result: PGresult | None = self._driver.wait(fetch(self._driver.pgconn))
        if result is None:
            raise psycopg.OperationalError("the server sent no answer")
        if result.status in _ROWS or result.status == ExecStatus.TUPLES_OK:
            self._loader.set_pgresult(result)
            self._waiting += self._loader.load_rows(0, result.ntuples, tuple)
        if result.command_status:
            # libpq gives it to the last chunk when that is not full, and to the end otherwise.
            self._tag, self._count = result.command_status, result.command_tuples
        if result.status in _ROWS:
            return result
        if result.status not in _DONE and result.status != ExecStatus.FATAL_ERROR:
            # A COPY that the text did not show: nothing can be sent in between.
            self._driver.close()
            raise psycopg.OperationalError("the statement wants to copy rows")
        while self._driver.wait(fetch(self._driver.pgconn)) is not None:
            pass
        if result.status == ExecStatus.FATAL_ERROR:
            raise error_from_result(result)
        self._last = result
        return result
