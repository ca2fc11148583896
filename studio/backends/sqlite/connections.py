"""SQLite connections that harm nobody: who they are while SQLite works, and what they wait for."""

import atexit
import sqlite3
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

from studio.backends.sqlite.credentials import Credentials, acting_as

TIMEOUT_S = 2.0
"""How long a statement waits for somebody else's lock."""
_POLL_S = 0.001
_OUTLIVED_S = 0.25
"""A -journal that disappears while SQLite looks at it seems to be left from a dead program."""
_DAMAGED = "malformed"
"""What it says of a schema begins so."""
T = TypeVar("T")


class Pulled(Protocol):
    """What hears that files were changed under who reads them."""

    cuts: int
    """How often: what a statement read while that moved is not what was in the database."""

    def cut(self) -> sqlite3.OperationalError:
        """What to say of it."""


class ActingConnection(sqlite3.Connection):
    """A connection that is `acts_as` whenever SQLite could open, make or remove a file."""

    acts_as: Credentials | None = None
    mapped: Pulled | None = None
    """Where its files may be cut while it reads: who hears of that."""
    cuts = 0
    """How often one was, before it was opened."""
    interrupts = 0
    """How often it was interrupted: between two tries of a statement, SQLite would not know."""

    def cursor(self, *_: object) -> "ActingCursor":  # type: ignore[override]
        """A cursor that acts the same, whatever kind is asked for."""
        return ActingCursor(self)

    # The short cuts of the standard library pass the cursor by.

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:  # noqa: ANN401
        """Begin a statement."""
        return self.cursor().execute(sql, parameters)

    def executemany(self, sql: str, parameters: Any, /) -> sqlite3.Cursor:  # noqa: ANN401
        """Run a statement for each of `parameters`."""
        return self.cursor().executemany(sql, parameters)

    def executescript(self, sql_script: str, /) -> sqlite3.Cursor:
        """Run statements."""
        return self.cursor().executescript(sql_script)

    def backup(self, target: sqlite3.Connection, **how: Any) -> None:  # noqa: ANN401
        """Copy it whole: each step reads anew."""
        with acting_as(self.acts_as):
            super().backup(target, **how)

    def commit(self) -> None:
        """As the user it acts as."""
        with acting_as(self.acts_as):
            super().commit()

    def rollback(self) -> None:
        """As the user it acts as."""
        with acting_as(self.acts_as):
            super().rollback()

    def close(self) -> None:
        """As the user it acts as: the last close may remove the -wal."""
        with acting_as(self.acts_as):
            super().close()

    def interrupt(self) -> None:
        """Stop what runs, or waits for its lock, now."""
        self.interrupts += 1
        super().interrupt()

    def step(self, work: Callable[[], T]) -> T:
        """Do what begins a statement."""
        with acting_as(self.acts_as):
            return self.whole(work)

    def whole(self, work: Callable[[], T]) -> T:
        """What `work` reads. Raises OperationalError where it is not what was in the database."""
        try:
            return work()
        except UnicodeError as error:
            raise _not_text(error) from error
        finally:
            if self.mapped is not None and self.mapped.cuts != self.cuts:
                raise self.mapped.cut()


def _not_text(error: UnicodeError) -> sqlite3.Error:
    """What SQLite says, or is told, of names that are not UTF-8: the standard library has no way to
    pass it on.
    """
    if not isinstance(error, UnicodeDecodeError):
        found: sqlite3.Error = sqlite3.OperationalError(
            "a name or a text in this statement is not UTF-8, and cannot be put into SQL"
        )
    elif (said := error.object.decode("utf-8", "backslashreplace")).startswith(_DAMAGED):
        found = sqlite3.DatabaseError(said)
        found.sqlite_errorname, found.sqlite_errorcode = "SQLITE_CORRUPT", sqlite3.SQLITE_CORRUPT
        return found
    else:
        found = sqlite3.OperationalError(said)
    found.sqlite_errorname, found.sqlite_errorcode = "SQLITE_ERROR", sqlite3.SQLITE_ERROR
    return found


class ActingCursor(sqlite3.Cursor):
    """SQLite opens the files beside the database when a statement begins, not when it goes on."""

    def __init__(self, connection: ActingConnection) -> None:
        super().__init__(connection)
        self._step, self._whole = connection.step, connection.whole

    def execute(self, sql: str, parameters: Any = (), /) -> Self:  # noqa: ANN401 - theirs
        """Begin a statement."""
        self._step(lambda: super(ActingCursor, self).execute(sql, parameters))
        return self

    def executemany(self, sql: str, parameters: Any, /) -> Self:  # noqa: ANN401 - theirs
        """Run a statement for each of `parameters`."""
        self._step(lambda: super(ActingCursor, self).executemany(sql, parameters))
        return self

    def executescript(self, sql_script: str, /) -> Self:
        """Run statements."""
        self._step(lambda: super(ActingCursor, self).executescript(sql_script))
        return self

    def fetchone(self) -> Any:  # noqa: ANN401 - theirs
        """The next row."""
        return self._whole(super().fetchone)

    def fetchmany(self, size: int | None = 1) -> list[Any]:
        """The next rows."""
        return self._whole(partial(super().fetchmany, size))

    def fetchall(self) -> list[Any]:
        """The rest."""
        return self._whole(super().fetchall)


def connected(uri: str) -> ActingConnection:
    """One to a file that nobody else knows."""
    return sqlite3.connect(uri, uri=True, isolation_level=None, factory=ActingConnection)


class LookingConnection(ActingConnection):
    """A reader beside a program that keeps a rollback journal.

    A commit keeps readers out for as long as the disk needs, and lets them in between two for a
    moment, which SQLite's own waiting (up to 100 ms between two tries) misses again and again.
    """

    def step(self, work: Callable[[], T]) -> T:
        """Begin a statement as soon as nobody commits; nothing was read before, so trying again
        is safe.
        """
        started, interrupts = time.monotonic(), self.interrupts
        while True:
            try:
                return super().step(work)
            except sqlite3.OperationalError as error:
                if time.monotonic() - started > _PATIENCE_S.get(error.sqlite_errorname, -1):
                    raise
            if self.interrupts != interrupts:
                raise _interrupted()
            time.sleep(_POLL_S)


_PATIENCE_S = {"SQLITE_BUSY": TIMEOUT_S, "SQLITE_READONLY_ROLLBACK": _OUTLIVED_S}


def _interrupted() -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("interrupted")
    error.sqlite_errorname, error.sqlite_errorcode = "SQLITE_INTERRUPT", sqlite3.SQLITE_INTERRUPT
    return error


class WritingConnection(ActingConnection):
    """A connection that writes beside programs with a rollback journal of their own kind.

    SQLite would remove a -journal that its program keeps (journal_mode PERSIST, TRUNCATE), and
    that it may not be allowed to make again.
    """

    journal: Path | None = None
    """Where it would be; None for a WAL."""
    _mode = "DELETE"

    def step(self, work: Callable[[], T]) -> T:
        """Begin a statement; after the one that takes the write lock, see what is there."""
        was_writing = self.in_transaction
        done = super().step(work)
        if self.journal is not None and self.in_transaction and not was_writing:
            self._keep_journal(self.journal)
        return done

    def _keep_journal(self, journal: Path) -> None:
        # Nobody else has a transaction now: what is there stays there between two.
        try:
            mode = "PERSIST" if journal.stat().st_size else "TRUNCATE"
        except FileNotFoundError:
            mode = "DELETE"
        if mode != self._mode:
            with acting_as(self.acts_as):
                sqlite3.Cursor(self).execute(f"PRAGMA journal_mode={mode}").fetchall()
            self._mode = mode


_guards: dict[int, tuple["GuardedConnection", sqlite3.Connection]] = {}
"""Open guards by the id of their connection: a guard must outlive it, even into exit."""


class GuardedConnection(ActingConnection):
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
