"""How to open a database file so that looking leaves no trace, and why.

The table behind `_decide`: what a read-only SQLite connection does to a file depends on what lies
beside it. `mode=ro` alone creates -wal and -shm beside a clean WAL database; `immutable=1` reads
old rows beside a live one; only `readonly_shm=1` reads a live WAL and changes nothing.
"""

import os
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from shutil import disk_usage, rmtree
from sqlite3 import Error as SQLiteError
from sqlite3 import connect
from urllib.parse import quote
from weakref import finalize

from studio.backends.base import Opening, Target
from studio.backends.sqlite import helper
from studio.backends.sqlite.writing import Writing, writing
from studio.model.errors import Busy, ConnectFailed, DatabaseMissing, Refused
from studio.wal.filesystem import is_network
from studio.wal.index import BLOCK_BYTES
from studio.wal.probe import NEWEST_VERSION, Probe, Stamp, stamp

IDLE_CLOSE_S = 2.0
"""An attached reader keeps the application's own last close from cleaning up: stay briefly."""
_ATTEMPTS = 4
_AGAIN_S = 0.05
"""A file between two states (a program connecting, a last close) is looked at again."""
_COPY_KEPT_S = 2.0
_COPY_KEPT_FACTOR = 20


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


class PrivateFolder:
    """A folder only we can enter, removed when nobody refers to it, at the latest at exit."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="studio-"))
        self._end = finalize(self, rmtree, self.path, ignore_errors=True)


class KeptAlive:
    """A connection that keeps a database in memory alive, closed when nobody refers to it."""

    def __init__(self, uri: str) -> None:
        connection = connect(uri, uri=True, check_same_thread=False, isolation_level=None)
        # In memory, the database begins to exist with its first read.
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        self._end = finalize(self, connection.close)


@dataclass(frozen=True, slots=True)
class SQLiteOpening(Opening):
    """One file, as it was when it was looked at."""

    path: Path = Path()
    """The real file, or `:memory:`."""
    uri: str = ""
    """For every purpose but EDIT."""
    way: How = How.READ_ONLY
    probe: Probe = field(default_factory=lambda: Probe("", "missing"))
    opened_at: float = 0.0
    """`time.monotonic()`."""
    copy_s: float = 0.0
    writes: Writing | None = None
    """How an EDIT lane opens the file; None: not at all."""
    kept: object = field(default=None, repr=False, compare=False)
    """What must live as long: a private folder, or the connection that keeps memory alive."""

    @property
    def edit_uri(self) -> str:
        """`mode=rw`: a plain path would create a missing file."""
        return self.uri if self.way is How.MEMORY else file_uri(self.path, "mode=rw")


def file_uri(path: Path, parameters: str) -> str:
    """An SQLite URI; `?`, `#` and `%` are legal in names, and so is what is not UTF-8."""
    return f"file:{quote(os.fsencode(path))}?{parameters}"


def open_file(target: Target) -> SQLiteOpening:
    """Look, decide, and prepare what the decision needs. Raises ConnectFailed, Refused, Busy."""
    if target.address == ":memory:":
        return _memory(target)
    found = _look(Path(target.address), target.shown)
    decision = _decide(found, target.shown)
    opening = SQLiteOpening(
        target=target,
        label=Path(target.shown).name,
        how=decision.how.value,
        why=decision.why,
        writable=False,
        idle_close_s=IDLE_CLOSE_S,
        path=Path(found.path),
        way=decision.how,
        probe=found,
        opened_at=time.monotonic(),
    )
    if decision.how is How.COPY:
        return _copy(opening)
    allowed = writing(found, read_only=target.read_only)
    parameters = {
        How.READ_ONLY: "mode=ro",
        How.BESIDE_WAL: "mode=ro&readonly_shm=1",
        How.IMMUTABLE: "mode=ro&immutable=1",
    }[decision.how]
    return replace(
        opening,
        uri=file_uri(opening.path, parameters),
        writable=isinstance(allowed, Writing),
        not_writable_because="" if isinstance(allowed, Writing) else allowed,
        writes=allowed if isinstance(allowed, Writing) else None,
        edits_alone=decision.how is How.BESIDE_WAL,
    )


# -- looking ---------------------------------------------------------------------------------------


def _look(path: Path, shown: str) -> Probe:
    """What is there, after a file that is just changing its state had time to settle."""
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


def _decide(found: Probe, shown: str) -> Decision:
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
    if is_network(found.file_system):
        return _as_copy(f"it is on {found.file_system}, where another machine's WAL cannot be read")
    if not found.wal_readable:
        raise Refused(
            f"the -wal beside {found.path} is not readable to you, and it holds rows the main "
            "file lacks. Ask its owner for read access to all three files"
        )
    if found.shm is None or found.shm.size < BLOCK_BYTES:
        return _as_copy("its -wal has no -shm, which reading in place would create")
    if not found.shm_readable:
        return _as_copy("its -shm is not readable to you")
    if found.locks.any:
        return Decision(
            How.BESIDE_WAL, f"{found.locks.who} has it open; every commit is seen as it happens"
        )
    if found.file_system in {"overlay", "overlayfs"}:
        return _as_copy(
            "nobody here has it open and it is on an overlay, where a program outside the "
            "container may be writing unseen"
        )
    return Decision(
        How.BESIDE_WAL,
        "its last program left without cleaning up; the rows in its WAL are seen, and left there",
    )


def _as_copy(reason: str) -> Decision:
    return Decision(How.COPY, f"{reason}; a private copy with the WAL's rows is read instead")


# -- preparing -------------------------------------------------------------------------------------


def _copy(opening: SQLiteOpening) -> SQLiteOpening:
    """Copy, let SQLite recover the copy, and read that as a file that never changes."""
    folder = PrivateFolder()
    found = opening.probe
    needed = (found.db.size if found.db else 0) + found.wal_bytes
    free = disk_usage(folder.path).free
    if needed * 2 > free:
        raise Refused(
            f"{opening.label} cannot be read in place ({opening.why.split(';')[0]}), and a private "
            f"copy needs {needed * 2:,} bytes where {folder.path.parent} has {free:,}. Set TMPDIR "
            "to a folder with more room"
        )
    started = time.monotonic()
    copy = helper.copy_into(opening.path, folder.path)
    try:
        with closing(connect(file_uri(copy, "mode=rw"), uri=True, isolation_level=None)) as mine:
            mine.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except SQLiteError as error:
        raise ConnectFailed(
            f"{opening.label} was copied, and SQLite cannot read the copy: {error}"
        ) from error
    ended = time.monotonic()
    return replace(
        opening,
        uri=file_uri(copy, "mode=ro&immutable=1"),
        not_writable_because=f"{opening.label} is seen through a private copy: "
        + opening.why.split(";")[0],
        idle_close_s=None,
        opened_at=ended,
        copy_s=ended - started,
        kept=folder,
    )


def _memory(target: Target) -> SQLiteOpening:
    """A database that lives as long as its opening; every lane sees the same one."""
    uri = f"file:/studio-{uuid.uuid4().hex}?vfs=memdb"
    return SQLiteOpening(
        target=target,
        label=":memory:",
        how=How.MEMORY.value,
        why="a database in memory, empty at first and gone when it is closed",
        writable=not target.read_only,
        not_writable_because="it was opened read-only, as asked" if target.read_only else "",
        path=Path(":memory:"),
        uri=uri,
        way=How.MEMORY,
        writes=None if target.read_only else Writing(guard=False),
        kept=KeptAlive(uri),
    )


# -- still so? -------------------------------------------------------------------------------------


def is_stale(opening: SQLiteOpening) -> bool:
    """Whether the decision no longer fits: by `stat` alone, about 10 µs."""
    if opening.way is How.MEMORY:
        return False
    beside = tuple(_beside(opening.path))
    if opening.way is How.COPY:
        # Copying again and again what never rests would leave no time to read.
        age_s = time.monotonic() - opening.opened_at
        rested = age_s > max(_COPY_KEPT_S, _COPY_KEPT_FACTOR * opening.copy_s)
        found = opening.probe
        db, wal, _, journal = beside
        return rested and (db, wal, journal) != (found.db, found.wal, found.journal)
    return _STALE[opening.way](opening.probe, beside)


def is_same_file(opening: SQLiteOpening) -> bool:
    """Whether the name still leads to the file that was looked at."""
    if opening.way is How.MEMORY:
        return True
    return _same_file(opening.probe.db, stamp(opening.path))


_Beside = tuple[Stamp | None, ...]


def _beside(path: Path) -> Iterator[Stamp | None]:
    yield stamp(path)
    for suffix in ("wal", "shm", "journal"):
        yield stamp(Path(f"{path}-{suffix}"))


def _same_file(then: Stamp | None, now: Stamp | None) -> bool:
    if then is None or now is None:
        return then is now
    return (then.device, then.inode) == (now.device, now.inode)


def _read_only_is_stale(found: Probe, beside: _Beside) -> bool:
    db, wal, _, journal = beside
    appeared = journal is not None and journal.size > 0 and found.journal is None
    return not _same_file(found.db, db) or wal is not None or appeared


def _beside_wal_is_stale(found: Probe, beside: _Beside) -> bool:
    db, wal, shm, _ = beside
    gone = wal is None or shm is None or shm.size < BLOCK_BYTES
    # Another inode of either: the program went away and came back between two looks.
    return gone or not (_same_file(found.db, db) and _same_file(found.shm, shm))


def _immutable_is_stale(found: Probe, beside: _Beside) -> bool:
    db, wal, _, journal = beside
    appeared = journal is not None and journal.size > 0 and journal != found.journal
    return db != found.db or bool(wal and wal.size) or appeared


_STALE = {
    How.READ_ONLY: _read_only_is_stale,
    How.BESIDE_WAL: _beside_wal_is_stale,
    How.IMMUTABLE: _immutable_is_stale,
}
