"""Looking at a database file until it shows what it is, and saying what it is not."""

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from studio.backends.sqlite import helper
from studio.model.errors import Busy, ConnectFailed, DatabaseMissing, Refused, Unsupported
from studio.model.words import plural
from studio.wal.probe import FILE_HEADER_BYTES, NEWEST_VERSION, Probe, Stamp

_ATTEMPTS = 4
_AGAIN_S = 0.05
"""A file between two states (a program connecting, a last close) is looked at again."""
_OLDEST_LIBRARY = (3, 37)
"""The first with `pragma_table_list`."""


def look(path: Path, shown: str, ask: Callable[[Path], Probe] | None = None) -> Probe:
    """What is there, after a file that is just changing its state had time to settle. `ask`: a
    process that is there already; without it one is started.

    Raises ConnectFailed, Busy, Refused, Unsupported.
    """
    if sqlite3.sqlite_version_info < _OLDEST_LIBRARY:
        raise Unsupported(
            f"this Python brings SQLite {sqlite3.sqlite_version}, and studio needs 3.37 or newer: "
            "install studio with another Python"
        )
    states: set[Stamp | None] = set()
    for _ in range(_ATTEMPTS):
        found = (ask or helper.probe)(path)
        _must_be_database(found, shown)
        if not (_keeps_others_out(found) or _lost_its_wal(found) or found.journal_left):
            return found
        states.add(found.db)
        time.sleep(_AGAIN_S)
    # Without a journal on disk, a program that writes all the time looks the same but for this.
    if _keeps_others_out(found) and (found.is_wal or len(states) == 1):
        if found.is_wal:
            why, hint = "locking_mode=EXCLUSIVE", "Close that program"
        else:
            # A transaction that has written nothing yet looks like the mode.
            why = "one exclusive transaction, or locking_mode=EXCLUSIVE"
            hint = "Try again; if it stays so, close that program"
        raise Busy(
            f"{_locked(found, shown)} ({why})",
            code="SQLITE_BUSY",
            hint=f"{hint}, or ask it for a backup and open that",
        )
    if _lost_its_wal(found):
        raise Refused(
            f"{shown} is open in {found.locks.who}, but its {_missing(found)} removed, "
            "or the program uses another name of the file (a hard link). Its newest rows cannot "
            "be seen from here; open the name the program uses"
        )
    return found


def tell_who(path: Path, shown: str) -> None:
    """Raise Busy with the program that keeps readers out of the file, if it still does."""
    found = look(path, shown)
    if found.locks.exclusive:
        raise Busy(
            f"{_locked(found, shown)} until its transaction is over",
            code="SQLITE_BUSY",
            hint="Wait for its end, or stop that program",
        )


def _locked(found: Probe, shown: str) -> str:
    return f"{shown} is locked by {found.locks.who}, which lets nobody else read it"


def _keeps_others_out(found: Probe) -> bool:
    """A commit takes the same lock for a moment, while its -journal is there."""
    return found.locks.exclusive and not found.journal_hot


def _lost_its_wal(found: Probe) -> bool:
    locks = found.locks
    is_open = found.is_wal and locks.shared and not locks.exclusive
    # With neither, a program that only begins to look has not made them yet.
    return is_open and (found.shm is None or (found.wal is None and locks.attached))


def _missing(found: Probe) -> str:
    names = [name for name, file in (("-wal", found.wal), ("-shm", found.shm)) if file is None]
    are = f"{names[0]} is not beside it: it was"
    return are if len(names) == 1 else "-wal and -shm are not beside it: they were"


def _must_be_database(found: Probe, shown: str) -> None:
    """Raise what keeps `found` from being a database we can read."""
    if found.kind == "missing":
        folder = Path(found.path).parent
        next_step = (
            "check the name" if folder.is_dir() else f"there is no folder {folder}: check the path"
        )
        raise DatabaseMissing(f"there is no file {shown}: {next_step} (nothing was created)")
    if found.kind == "directory":
        raise ConnectFailed(f"{shown} is a folder: name the database file inside it")
    if found.kind != "file":
        reason = found.error or f"it is a {found.kind}, not a regular file"
        raise ConnectFailed(f"{shown} cannot be opened: {reason}. Name a database file")
    if found.error:
        raise ConnectFailed(
            f"{shown} cannot be read: {found.error}. Ask its owner for read access, "
            "or run studio as a user that has it"
        )
    if not found.is_sqlite and found.db is not None and found.db.size > 0:
        raise ConnectFailed(f"{shown} {_not_a_database(found, found.db.size)}")
    if found.read_version > NEWEST_VERSION:
        raise ConnectFailed(
            f"{shown} needs a newer SQLite: its file format asks for read version "
            f"{found.read_version}. Update studio's Python, or name another file"
        )


def _not_a_database(found: Probe, size: int) -> str:
    if size < FILE_HEADER_BYTES:
        return (
            f"is not an SQLite database: it has {plural(size, 'byte')}, and the header alone of "
            f"one has {FILE_HEADER_BYTES}. It is something else, or it was cut off: name another"
            " file"
        )
    if found.page_size:
        return (
            f"is damaged: its header says pages of {found.page_size:,} bytes, which no SQLite "
            "database has. Copy it away before anything else"
        )
    return (
        "is not an SQLite database, or it is encrypted (SQLCipher): decrypt it to a copy first, or "
        "name another file"
    )
