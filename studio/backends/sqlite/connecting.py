"""Connections to one opening: how each purpose gets its own, and what it may do."""

import asyncio
import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakSet

import aiosqlite
from sqlalchemy import Engine, NullPool, create_engine, event

from studio.backends.base import Purpose, asyncio_engine
from studio.backends.sqlite.attaching import refuse_new_file
from studio.backends.sqlite.authorizer import only_look
from studio.backends.sqlite.connections import (
    TIMEOUT_S,
    ActingConnection,
    GuardedConnection,
    LookingConnection,
    WritingConnection,
)
from studio.backends.sqlite.credentials import Credentials, acting_as
from studio.backends.sqlite.deciding import OpeningMode
from studio.backends.sqlite.failures import DAMAGE, message_of, name_of
from studio.backends.sqlite.looking import tell_who
from studio.backends.sqlite.opening import SQLiteOpening, file_uri
from studio.backends.sqlite.staleness import is_same_file, is_stale
from studio.model.errors import Busy, ConnectionLost, ReadOnly, StatementFailed, StudioError

if TYPE_CHECKING:
    from studio.backends.sqlite.past import PastPages

C = TypeVar("C", bound=ActingConnection)
_WRITING = {Purpose.EDIT, Purpose.OWN}
_ATTEMPTS = 3
_AGAIN_S = 0.005
_PASSING = {"SQLITE_READONLY", "SQLITE_READONLY_RECOVERY", "SQLITE_READONLY_CANTINIT"}
"""What a reader may be told for a moment while the WAL is restarted under it."""


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
    opening = asyncio.ensure_future(_opened(connection))
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        # Its thread opens it all the same, and nobody else knows it.
        ending = asyncio.ensure_future(_ended(opening))
        _ending.add(ending)
        ending.add_done_callback(_ending.discard)
        raise


_ending: set[asyncio.Task[None]] = set()
"""Connections that nobody waits for any more; the loop itself keeps no task alive."""


async def _opened(connection: aiosqlite.Connection) -> aiosqlite.Connection:
    try:
        return await connection
    except (sqlite3.Error, StudioError):
        # aiosqlite tells its thread to stop and does not wait: it would answer to an event loop
        # that may be closed by then, with a traceback on the terminal.
        await asyncio.to_thread(connection._thread.join)  # noqa: SLF001 - no public way
        raise


async def _ended(opening: asyncio.Task[aiosqlite.Connection]) -> None:
    with suppress(sqlite3.Error, StudioError):
        await (await opening).close()


def _connect(opening: SQLiteOpening, purpose: Purpose) -> sqlite3.Connection:
    """One connection, which has read once. Raises sqlite3.Error, ConnectionLost, ReadOnly."""
    if is_stale(opening) and purpose not in _WRITING:
        raise ConnectionLost(f"{opening.label} has changed since it was opened: open it again")
    connect = _connect_for_edit if purpose in _WRITING else _connect_to_look
    for attempt in range(_ATTEMPTS):
        connection = connect(opening)
        try:
            _prepare(connection, opening, purpose)
        except sqlite3.Error as error:
            connection.close()
            _tell_why(error, opening, purpose)
            if error.sqlite_errorname not in _PASSING or attempt == _ATTEMPTS - 1:
                raise
        except BaseException:
            connection.close()
            raise
        else:
            return connection
    raise AssertionError


def _tell_why(error: sqlite3.Error, opening: SQLiteOpening, purpose: Purpose) -> None:
    """Raise what a person can do about `error`, where that is known."""
    if error.sqlite_errorname in DAMAGE:
        _tell_damage(error, opening)
    if opening.way is not OpeningMode.READ_ONLY or purpose in _WRITING:
        return
    # Beside a program with a rollback journal.
    if error.sqlite_errorname == "SQLITE_BUSY":
        tell_who(opening.path, opening.label)
    if error.sqlite_errorname == "SQLITE_READONLY_ROLLBACK":
        opening.outlived.set()
        raise ConnectionLost(f"a program died while it wrote {opening.label}") from error


def _tell_damage(error: sqlite3.Error, opening: SQLiteOpening) -> None:
    """Raise what SQLite says with what the header tells, where it tells anything."""
    from studio.backends.sqlite.doctor.damage import hint_for  # noqa: PLC0415 - rarely wanted

    if hint := hint_for(opening):
        raise StatementFailed(message_of(error), code=name_of(error), hint=hint) from error


_mapping: dict[tuple[int, int], WeakSet[ActingConnection]] = defaultdict(WeakSet)
"""Open connections that map the -shm read-only, by device and inode of the database."""


def _connect_to_look(opening: SQLiteOpening) -> sqlite3.Connection:
    if opening.way is OpeningMode.READ_ONLY:
        # It waits by itself.
        return _open(opening.uri, opening.looks_as, LookingConnection, timeout_s=0)
    if opening.past is not None:
        return _connect_to_past(opening.past)
    connection = _open(opening.uri, opening.looks_as, ActingConnection)
    if opening.way is OpeningMode.BESIDE_WAL:
        # 4 ms to import, and only beside a WAL.
        from studio.backends.sqlite.mapped import mapped  # noqa: PLC0415

        _mapping[_inode(opening)].add(connection)
        connection.mapped = mapped()
        connection.cuts = connection.mapped.cuts if connection.mapped is not None else 0
    return connection


def _connect_to_past(past: "PastPages") -> sqlite3.Connection:
    try:
        connection = _open(past.uri, None, ActingConnection)
    except sqlite3.OperationalError as error:
        if past.cuts:
            raise past.cut() from error
        raise
    connection.mapped = past
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
    while any(_is_open(connection) for connection in tuple(_mapping[_inode(opening)])):
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


def _open(
    uri: str,
    acts_as: Credentials | None,
    factory: type[C],
    timeout_s: float = TIMEOUT_S,
) -> C:
    # Never detect_types: it converts by declared name and raises on what does not fit.
    with acting_as(acts_as):
        connection = sqlite3.connect(
            uri,
            uri=True,
            timeout=timeout_s,
            isolation_level=None,
            check_same_thread=False,
            factory=factory,
        )
    connection.acts_as = acts_as
    connection.text_factory = _text
    return connection


def _text(raw: bytes) -> str:
    """TEXT may hold any bytes; what is not UTF-8 comes as surrogates, and goes back by `bind`."""
    return raw.decode("utf-8", "surrogateescape")


def _prepare(connection: sqlite3.Connection, opening: SQLiteOpening, purpose: Purpose) -> None:
    if purpose in _WRITING:
        # Before the first read: our commits must not pay for, or make, somebody's checkpoint.
        connection.execute("PRAGMA wal_autocheckpoint=0")
    if purpose is Purpose.EDIT:
        # A script says so itself: what a dump holds comes before what it refers to.
        connection.execute("PRAGMA foreign_keys=ON")
    if purpose not in _WRITING and opening.way is OpeningMode.MEMORY and opening.target.read_only:
        # Files need no such flag: their URI says mode=ro, which is the better wall.
        connection.execute("PRAGMA query_only=ON")
    connection.execute("PRAGMA cell_size_check=ON")
    connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if purpose is Purpose.QUERY:
        only_look(connection)


# -- writing ---------------------------------------------------------------------------------------


def _connect_for_edit(opening: SQLiteOpening) -> sqlite3.Connection:
    if opening.writes is None:
        raise ReadOnly(opening.not_writable_because or f"{opening.label} is read-only")
    _must_be_in_place(opening)
    _nobody_must_look(opening)
    acts_as = opening.writes.acts_as
    if not opening.writes.guard:
        connection = _open(opening.edit_uri, acts_as, WritingConnection)
        if opening.way is OpeningMode.READ_ONLY:
            connection.journal = Path(f"{opening.path}-journal")
        return connection
    guard = _open(file_uri(opening.path, "mode=ro"), acts_as, ActingConnection)
    try:
        guard.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        guarded = _open(opening.edit_uri, acts_as, GuardedConnection)
    except BaseException:
        guard.close()
        raise
    guarded.guard(guard)
    return guarded


def _stay_in_place(engine: Engine, opening: SQLiteOpening, purpose: Purpose) -> None:
    """Before a transaction begins and before it commits, the name must still be this file's.

    After a rename over it, SQLite would write into a file that has no name any more, and say ok.
    """
    if purpose not in _WRITING:
        return

    def check(*call: object) -> None:
        statement = str(call[2]).lstrip()[:6].upper()
        # In a person's own session any statement may be a transaction of its own.
        if purpose is Purpose.OWN or statement.startswith(("BEGIN", "COMMIT", "END")):
            _must_be_in_place(opening)
        if purpose is Purpose.OWN:
            refuse_new_file(str(call[2]), call[3])

    listen: Callable[..., None] = event.listen
    listen(engine, "before_cursor_execute", check)


def _must_be_in_place(opening: SQLiteOpening) -> None:
    if not is_same_file(opening):
        raise ConnectionLost(
            f"{opening.label} was replaced by another file, or removed, since it was opened: "
            "nothing more is written. Open it again"
        )
