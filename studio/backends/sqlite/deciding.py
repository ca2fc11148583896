"""How to open a database file so that looking leaves no trace, and why.

What a read-only SQLite connection does to a file depends on what lies beside it: `mode=ro` alone
creates -wal and -shm beside a clean WAL database; `immutable=1` reads old rows beside a live one;
only `readonly_shm=1` reads a live WAL and changes nothing.
"""

import sqlite3
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from studio.backends.sqlite import helper
from studio.model.errors import Busy, ConnectFailed, DatabaseMissing, Refused, Unsupported
from studio.wal.filesystem import is_network
from studio.wal.index import BLOCK_BYTES
from studio.wal.probe import NEWEST_VERSION, Probe

_ATTEMPTS = 4
_AGAIN_S = 0.05
"""A file between two states (a program connecting, a last close) is looked at again."""
_OLDEST_LIBRARY = (3, 37)
"""The first with `pragma_table_list`."""


class How(StrEnum):
    """The ways to open; each value is what the top line says."""

    READ_ONLY = "read-only"
    BESIDE_WAL = "read-only beside its WAL"
    IMMUTABLE = "immutable"
    COPY = "private copy"
    MEMORY = "in memory"


@dataclass(frozen=True, slots=True)
class Decision:
    """A way, and one sentence about it."""

    how: How
    why: str


# -- looking ---------------------------------------------------------------------------------------


def look(path: Path, shown: str) -> Probe:
    """What is there, after a file that is just changing its state had time to settle.

    Raises ConnectFailed, Busy, Refused, Unsupported.
    """
    if sqlite3.sqlite_version_info < _OLDEST_LIBRARY:
        raise Unsupported(
            f"this Python brings SQLite {sqlite3.sqlite_version}, and studio needs 3.37 or newer: "
            "install studio with another Python"
        )
    for _ in range(_ATTEMPTS):
        found = helper.probe(path)
        _must_be_database(found, shown)
        if not (found.locks.exclusive or _lost_its_wal(found)):
            return found
        time.sleep(_AGAIN_S)
    if found.locks.exclusive and found.is_wal:
        raise Busy(
            f"{shown} is locked by {found.locks.who}, which lets nobody else read it "
            "(locking_mode=EXCLUSIVE)",
            code="SQLITE_BUSY",
            hint="Close that program, or ask it for a backup and open that",
        )
    if _lost_its_wal(found):
        raise Refused(
            f"{shown} is open in {found.locks.who}, but its -wal and -shm are not beside it: "
            "they were removed, or the program uses another name of the file (a hard link). "
            "Its newest rows cannot be seen from here; open the name the program uses"
        )
    return found


def _lost_its_wal(found: Probe) -> bool:
    locks = found.locks
    return found.is_wal and locks.shared and not locks.exclusive and found.shm is None


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
        raise ConnectFailed(
            f"{shown} is not an SQLite database, or it is encrypted (SQLCipher): "
            "decrypt it to a copy first, or name another file"
        )
    if found.read_version > NEWEST_VERSION:
        raise ConnectFailed(
            f"{shown} needs a newer SQLite: its file format asks for read version "
            f"{found.read_version}. Update studio's Python, or name another file"
        )


# -- deciding --------------------------------------------------------------------------------------


def decide(found: Probe, shown: str) -> Decision:
    """The way for what was found. Raises Refused where every way could show wrong rows."""
    _wal_must_belong(found, shown)
    if found.journal_hot and not found.locks.reserved:
        return Decision(
            How.COPY,
            "a -journal is left from a program that died while writing; its half-done change is "
            "undone in a private copy, the file itself is not touched",
        )
    if not found.is_wal:
        return Decision(How.READ_ONLY, _rollback_why(found))
    return _decide_full_wal(found) if found.wal_bytes else _decide_empty_wal(found)


def _wal_must_belong(found: Probe, shown: str) -> None:
    """A WAL of another database is applied to this one by whoever opens it next."""
    if not found.wal_bytes:
        return
    header = found.wal_header
    if not found.is_wal:
        size = "is empty" if found.db and not found.db.size else "is not in WAL mode"
        reason = f"the database {size}"
    elif header is not None and header.ok and header.page_size != found.page_size:
        reason = f"its pages are {header.page_size} bytes, the database's {found.page_size}"
    else:
        return
    raise Refused(
        f"the -wal beside {shown} may belong to another database: {reason}. Opening them together "
        "would mix the two; move the -wal away, or bring the database it belongs to"
    )


def _rollback_why(found: Probe) -> str:
    if found.db is not None and found.db.size == 0:
        return "an empty file is an empty database"
    if is_network(found.file_system):
        return (
            f"it keeps no WAL, and is on {found.file_system}: SQLite's locks are only as good as "
            "that file system's"
        )
    return "it keeps no WAL: reading takes a shared lock for a moment and changes nothing"


def _decide_empty_wal(found: Probe) -> Decision:
    if found.locks.any and found.shm is not None and found.shm_readable and found.wal is not None:
        return Decision(
            How.BESIDE_WAL, f"{found.locks.who} has it open; every commit is seen as it happens"
        )
    if found.locks.any:
        return _as_copy(f"{found.locks.who} has it open, and its -shm is not readable to you")
    unsure = "" if found.locks.known else "; whether a program has it open cannot be known here"
    return Decision(
        How.IMMUTABLE,
        f"nobody has it open and its WAL is empty, so it is read without leaving a trace{unsure}",
    )


def _decide_full_wal(found: Probe) -> Decision:
    if not found.wal_readable:
        raise Refused(
            f"the -wal beside {found.path} is not readable to you, and it holds rows the main "
            "file lacks. Ask its owner for read access to all three files"
        )
    if reason := _not_in_place(found):
        return _as_copy(reason)
    if found.locks.any:
        return Decision(
            How.BESIDE_WAL, f"{found.locks.who} has it open; every commit is seen as it happens"
        )
    return Decision(
        How.BESIDE_WAL,
        "its last program left without cleaning up; the rows in its WAL are seen, and left there",
    )


def _not_in_place(found: Probe) -> str:
    """Why a WAL cannot be read where it is; "" when it can."""
    if is_network(found.file_system):
        return f"it is on {found.file_system}, where another machine's WAL cannot be read"
    if found.shm is None or found.shm.size < BLOCK_BYTES:
        return "its -wal has no -shm, which reading in place would create"
    if not found.shm_readable:
        return "its -shm is not readable to you"
    return "" if found.locks.any else _UNSEEN_WRITERS.get(found.file_system, "")


_OVERLAY = (
    "nobody here has it open and it is on an overlay, where a program outside the container may "
    "be writing unseen"
)
_UNSEEN_WRITERS = {
    "": "nobody has it open, and whether its disk is shared cannot be known here",
    "overlay": _OVERLAY,
    "overlayfs": _OVERLAY,
}


def _as_copy(reason: str) -> Decision:
    return Decision(How.COPY, f"{reason}; a private copy with the WAL's rows is read instead")
