"""Connections to one opening: how each purpose gets its own, and what it may do."""

import atexit
import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any
from weakref import WeakSet

import aiosqlite
from sqlalchemy import Engine, NullPool, create_engine, event

from studio.backends.base import Purpose, asyncio_engine
from studio.backends.sqlite.deciding import How
from studio.backends.sqlite.opening import SQLiteOpening, file_uri
from studio.backends.sqlite.staleness import is_same_file, is_stale
from studio.model.errors import Busy, ConnectionLost, ReadOnly

TIMEOUT_S = 2.0
"""How long a statement waits for somebody else's lock."""
_ATTEMPTS = 3
_AGAIN_S = 0.005
_PASSING = {"SQLITE_READONLY", "SQLITE_READONLY_RECOVERY", "SQLITE_READONLY_CANTINIT"}
"""What a reader may be told for a moment while the WAL is restarted under it."""
_HARMLESS_PRAGMAS = frozenset(
    {
        "application_id", "collation_list", "compile_options", "data_version", "database_list",
        "encoding", "foreign_key_check", "foreign_key_list", "freelist_count", "function_list",
        "index_info", "index_list", "index_xinfo", "integrity_check", "journal_mode",
        "module_list", "page_count", "page_size", "pragma_list", "quick_check", "read_uncommitted",
        "schema_version", "table_info", "table_list", "table_xinfo", "user_version", "auto_vacuum",
    }
)  # fmt: skip
"""PRAGMAs that tell something."""
_WITH_ARGUMENT = frozenset(
    {
        "foreign_key_check", "foreign_key_list", "index_info", "index_list", "index_xinfo",
        "integrity_check", "quick_check", "table_info", "table_list", "table_xinfo",
    }
)  # fmt: skip
"""Of these, the ones whose argument is a question, not a setting."""


def async_engine(opening: SQLiteOpening, purpose: Purpose) -> Engine:
    """An engine over aiosqlite, whose every connection is new, private and in autocommit."""
    engine = asyncio_engine("sqlite+aiosqlite://", partial(_connect_async, opening, purpose))
    _stay_in_place(engine, opening, purpose)
    return engine


def sync_engine(opening: SQLiteOpening, purpose: Purpose) -> Engine:
    """The same, blocking."""
    engine = create_engine(
        "sqlite://",
        creator=partial(_connect, opening, purpose),
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
    )
    _stay_in_place(engine, opening, purpose)
    return engine


def _connect_async(
    opening: SQLiteOpening, purpose: Purpose
) -> Coroutine[Any, Any, aiosqlite.Connection]:
    connection = aiosqlite.Connection(partial(_connect, opening, purpose), 64)
    # Its thread would otherwise keep the process alive when a lane was not closed.
    connection._thread.daemon = True  # noqa: SLF001 - no public way
    return _await(connection)


async def _await(connection: aiosqlite.Connection) -> aiosqlite.Connection:
    return await connection


def _connect(opening: SQLiteOpening, purpose: Purpose) -> sqlite3.Connection:
    """One connection, which has read once. Raises sqlite3.Error, ConnectionLost, ReadOnly."""
    if is_stale(opening) and purpose is not Purpose.EDIT:
        raise ConnectionLost(f"{opening.label} has changed since it was opened: open it again")
    connect = _connect_for_edit if purpose is Purpose.EDIT else _connect_to_look
    for attempt in range(_ATTEMPTS):
        connection = connect(opening)
        try:
            _prepare(connection, opening, purpose)
        except sqlite3.Error as error:
            connection.close()
            if error.sqlite_errorname not in _PASSING or attempt == _ATTEMPTS - 1:
                raise
        except BaseException:
            connection.close()
            raise
        else:
            return connection
    raise AssertionError


class LookingConnection(sqlite3.Connection):
    """A connection whose shared memory is mapped read-only."""


_looking: dict[tuple[int, int], WeakSet[LookingConnection]] = defaultdict(WeakSet)
"""Those that are open, by device and inode of the database."""


def _connect_to_look(opening: SQLiteOpening) -> sqlite3.Connection:
    if opening.way is not How.BESIDE_WAL:
        return _open(opening.uri)
    connection = _open(opening.uri, LookingConnection)
    if isinstance(connection, LookingConnection):
        _looking[_inode(opening)].add(connection)
    return connection


def _inode(opening: SQLiteOpening) -> tuple[int, int]:
    db = opening.probe.db
    return (db.device, db.inode) if db else (0, 0)


def _nobody_must_look(opening: SQLiteOpening) -> None:
    """Wait until no connection of this process maps the -shm read-only, or raise Busy.

    SQLite keeps one mapping of a -shm in a process: while the first user's is read-only, nobody
    in the process can write.
    """
    deadline = time.monotonic() + TIMEOUT_S
    while any(_is_open(connection) for connection in tuple(_looking[_inode(opening)])):
        if time.monotonic() > deadline:
            raise Busy(
                f"a statement is still reading {opening.label}",
                code="SQLITE_BUSY",
                hint="Stop it, or wait for its end, and apply again",
            )
        time.sleep(_AGAIN_S)


def _is_open(connection: sqlite3.Connection) -> bool:
    try:
        connection.total_changes  # noqa: B018 - raises when closed
    except sqlite3.ProgrammingError:
        return False
    return True


def _open(uri: str, factory: type[sqlite3.Connection] = sqlite3.Connection) -> sqlite3.Connection:
    # Never detect_types: it converts by declared name and raises on what does not fit.
    connection = sqlite3.connect(
        uri,
        uri=True,
        timeout=TIMEOUT_S,
        isolation_level=None,
        check_same_thread=False,
        factory=factory,
    )
    connection.text_factory = _text
    return connection


def _text(raw: bytes) -> str:
    """TEXT may hold any bytes; what is not UTF-8 comes as surrogates, and goes back by `bind`."""
    return raw.decode("utf-8", "surrogateescape")


def _prepare(connection: sqlite3.Connection, opening: SQLiteOpening, purpose: Purpose) -> None:
    if purpose is Purpose.EDIT:
        # Before the first read: our commits must not pay for, or make, somebody's checkpoint.
        connection.execute("PRAGMA wal_autocheckpoint=0")
        connection.execute("PRAGMA foreign_keys=ON")
    elif opening.way is How.MEMORY and opening.target.read_only:
        # Files need no such flag: their URI says mode=ro, which is the better wall.
        connection.execute("PRAGMA query_only=ON")
    connection.execute("PRAGMA cell_size_check=ON")
    connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if purpose is Purpose.QUERY and (opening.way is not How.MEMORY or opening.target.read_only):
        connection.set_authorizer(_looking_only)


# -- writing ---------------------------------------------------------------------------------------

_guards: dict[int, tuple["GuardedConnection", sqlite3.Connection]] = {}
"""Open guards by the id of their connection: a guard must outlive it, even into exit."""


class GuardedConnection(sqlite3.Connection):
    """A writing connection with a read-only one around it, closed after it.

    The last connection to close checkpoints and deletes the WAL; the guard is last, and cannot.
    """

    def guard(self, guard: sqlite3.Connection) -> None:
        """Keep `guard` open until this connection is closed."""
        _guards[id(self)] = (self, guard)

    def close(self) -> None:
        """Close, then the guard."""
        super().close()
        _, guard = _guards.pop(id(self), (self, None))
        if guard is not None:
            guard.close()


@atexit.register
def _close_guarded() -> None:
    for connection, _ in list(_guards.values()):
        connection.close()


def _connect_for_edit(opening: SQLiteOpening) -> sqlite3.Connection:
    if opening.writes is None:
        raise ReadOnly(opening.not_writable_because or f"{opening.label} is read-only")
    _must_be_in_place(opening)
    _nobody_must_look(opening)
    if not opening.writes.guard:
        return _open(opening.edit_uri)
    guard = _open(file_uri(opening.path, "mode=ro"))
    try:
        guard.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        connection = _open(opening.edit_uri, GuardedConnection)
    except BaseException:
        guard.close()
        raise
    if isinstance(connection, GuardedConnection):
        connection.guard(guard)
    return connection


def _stay_in_place(engine: Engine, opening: SQLiteOpening, purpose: Purpose) -> None:
    """Before a transaction begins and before it commits, the name must still be this file's.

    After a rename over it, SQLite would write into a file that has no name any more, and say ok.
    """
    if purpose is not Purpose.EDIT:
        return

    def check(*call: object) -> None:
        statement = str(call[2]).lstrip()[:6].upper()
        if statement.startswith(("BEGIN", "COMMIT", "END")):
            _must_be_in_place(opening)

    listen: Callable[..., None] = event.listen
    listen(engine, "before_cursor_execute", check)


def _must_be_in_place(opening: SQLiteOpening) -> None:
    if not is_same_file(opening):
        raise ConnectionLost(
            f"{opening.label} was replaced by another file, or removed, since it was opened: "
            "nothing more is written. Open it again"
        )


# -- the person's own statements ------------------------------------------------------------------


def _looking_only(
    action: int, first: str | None, second: str | None, database: str | None, source: str | None
) -> int:
    """What a read-only URI leaves open: other files, and PRAGMAs that act."""
    del database, source
    if action in {sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH}:
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_PRAGMA:
        name = (first or "").lower()
        allowed = name in (_HARMLESS_PRAGMAS if second is None else _WITH_ARGUMENT)
        return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() == "load_extension":
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK
