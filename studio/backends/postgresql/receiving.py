"""What COPY … TO STDOUT sends, row by row, as fast as libpq hands it out.

psycopg's `Cursor.copy` goes through a generator and a wait for each row, which takes longer than
the server needs to write one. Here a row is one call, and only an empty socket is waited for.
"""

from collections.abc import Callable
from contextlib import suppress
from select import POLLIN, poll
from typing import Any

import psycopg
from psycopg import pq, sql
from psycopg.errors import error_from_result

from studio.backends.halves.bulk import Buffer

_TOLD_ROWS = 5000


def received(
    driver: psycopg.Connection[Any],
    statement: sql.Composed,
    begin: Callable[[], Callable[[Buffer], object]],
    tell: Callable[[int], object],
) -> int:
    """Give what `begin` answers each row of `statement`, a COPY … TO STDOUT, in the transaction of
    `driver`; `tell` hears now and then how many. How many in all. Raises psycopg.Error, and what
    `begin` and its answer raise: the connection is idle again then, or lost.
    """
    with driver.cursor() as cursor:
        cursor.execute("SELECT")  # begins the transaction where the driver has to
    wire = _Wire(driver)
    wire.ask(statement.as_bytes(driver))
    try:
        count = wire.lines(begin(), tell)
    except BaseException:
        wire.give_up()
        raise
    wire.end()
    return count


class _Wire:
    """One COPY on a connection that blocks."""

    def __init__(self, driver: psycopg.Connection[Any]) -> None:
        self._driver = driver
        self._libpq = driver.pgconn
        self._ready = poll()
        self._ready.register(self._libpq.socket, POLLIN)

    def ask(self, statement: bytes) -> None:
        self._libpq.send_query(statement)
        self._check(pq.ExecStatus.COPY_OUT)

    def lines(self, write: Callable[[Buffer], object], tell: Callable[[int], object]) -> int:
        """Give `write` each row with its line end; how many."""
        get, count, told = self._libpq.get_copy_data, 0, 0
        while True:
            # Millions of times: nothing is done here that can be done where the socket is empty.
            length, data = get(1)
            if length > 0:
                write(data)
                count += 1
                continue
            if length < 0:
                return count
            if count - told >= _TOLD_ROWS:
                told = count
                tell(count)
            self._wait()

    def end(self) -> None:
        """Hear that it went well. Raises psycopg.Error where it did not."""
        self._check(pq.ExecStatus.COMMAND_OK)
        self._drain()

    def give_up(self) -> None:
        """Let nothing of it be on its way."""
        with suppress(psycopg.OperationalError):
            self._driver.cancel_safe()
        with suppress(psycopg.OperationalError):  # of libpq too, where no COPY goes on any more
            self.lines(len, lambda _: None)
        with suppress(psycopg.OperationalError):
            self._drain()

    def _check(self, status: pq.ExecStatus) -> None:
        result = self._result()
        if result is None:
            raise psycopg.OperationalError("the server gave no answer")
        if result.status != status:
            self._drain()
            raise error_from_result(result, self._driver.info.encoding)

    def _drain(self) -> None:
        while self._result() is not None:
            pass

    def _result(self) -> pq.abc.PGresult | None:
        while self._libpq.is_busy():
            self._wait()
        return self._libpq.get_result()

    def _wait(self) -> None:
        self._ready.poll()
        self._libpq.consume_input()
