"""An empty SQLite in memory, for statements out of files: see `halves.empty`.

It may neither attach files nor load code, and stops after a number of steps.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from studio.backends.sqlite import catalog
from studio.model.catalog import Table, TableKind
from studio.model.errors import StatementFailed
from studio.model.server import Server

MAX_STEPS = 5_000
"""Times 100,000 instructions of SQLite's machine."""
_EVERY = 100_000
_SAFE_PRAGMAS = frozenset(
    {"foreign_keys", "defer_foreign_keys", "legacy_alter_table", "foreign_key_check"}
)
_SHOWN = frozenset({TableKind.TABLE, TableKind.VIEW})
_FORBIDDEN = frozenset({sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH})
_FORBIDDEN_FUNCTIONS = frozenset(
    {"load_extension", "readfile", "writefile", "edit", "fts3_tokenizer"}
)


class EmptySQLite:
    """One such database, on a connection that somebody else closes."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def run(self, script: str) -> None:
        """As a script is: statement by statement, until one fails."""
        try:
            self._connection.executescript(script)
        except (sqlite3.Error, ValueError) as error:
            raise StatementFailed(str(error)) from error

    def tables(self, server: Server) -> tuple[Table, ...]:
        """Ordinary ones and views; nothing can be run any more."""
        self._connection.set_authorizer(None)
        self._connection.set_progress_handler(None, 0)
        engine = create_engine("sqlite://", creator=lambda: self._connection, poolclass=StaticPool)
        try:
            with engine.connect() as connection:
                found = catalog.read_catalog(connection, server)
        finally:
            # The connection is closed by who opened it.
            engine.dispose(close=False)
        return tuple(table for table in found.tables() if table.kind in _SHOWN)


@contextmanager
def empty() -> Iterator[EmptySQLite]:
    """A fresh one, gone at the end of the block."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    try:
        connection.set_authorizer(_authorize)
        _limit(connection)
        yield EmptySQLite(connection)
    finally:
        connection.close()


def _limit(connection: sqlite3.Connection) -> None:
    steps = iter(range(MAX_STEPS))
    connection.set_progress_handler(lambda: next(steps, None) is None, _EVERY)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.execute("PRAGMA max_page_count = 65536")


def _authorize(
    action: int, first: str | None, second: str | None, _third: str | None, _fourth: str | None
) -> int:
    if action in _FORBIDDEN:
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in _FORBIDDEN_FUNCTIONS:
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_PRAGMA and second is not None:
        # A pragma with a value may name a file or lift the limits; a scratch needs none of them.
        return (
            sqlite3.SQLITE_OK if (first or "").lower() in _SAFE_PRAGMAS else sqlite3.SQLITE_IGNORE
        )
    return sqlite3.SQLITE_OK
