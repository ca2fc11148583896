"""The sqlite3 connection under a connection, for work that no other layer may come between."""

import sqlite3
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection

from studio.backends.sqlite import failures
from studio.model.errors import Unsupported

T = TypeVar("T")


def on_driver(sql: str, work: Callable[[sqlite3.Connection], T]) -> Callable[[Connection], T]:
    """Work on the raw connection, whose errors are translated here: no other layer sees them."""

    def translating(connection: Connection) -> T:
        try:
            return work(driver(connection))
        except sqlite3.Error as error:
            raise failures.translate(error, sql) from error

    return translating


def driver(connection: Connection) -> sqlite3.Connection:
    """The sqlite3 connection under a blocking connection."""
    raw = connection.connection.driver_connection
    if not isinstance(raw, sqlite3.Connection):
        raise Unsupported("This database is not opened through sqlite3.")
    return raw
