"""An opening: one database file with the way it is read, prepared."""

import os
import time
import uuid
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from shutil import disk_usage
from sqlite3 import Error as SQLiteError
from sqlite3 import connect
from threading import Event
from typing import TYPE_CHECKING
from urllib.parse import quote
from weakref import finalize

from studio.backends.base import Opening, Target
from studio.backends.sqlite import helper
from studio.backends.sqlite.connections import connected
from studio.backends.sqlite.credentials import Credentials
from studio.backends.sqlite.deciding import OpeningMode, decide
from studio.backends.sqlite.looking import look
from studio.backends.sqlite.private import PrivateFolder
from studio.backends.sqlite.writing import Writing, past_permissions, writing
from studio.backends.target import ASKED_READ_ONLY
from studio.model.errors import ConnectFailed, Refused
from studio.wal.probe import Probe

if TYPE_CHECKING:
    from studio.backends.sqlite.past import PastPages

IDLE_CLOSE_S = 2.0
"""An attached reader keeps the application's own last close from cleaning up: stay briefly."""


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
    way: OpeningMode = OpeningMode.READ_ONLY
    probe: Probe = field(default_factory=lambda: Probe("", "missing"))
    opened_at: float = 0.0
    """`time.monotonic()`."""
    copy_s: float = 0.0
    looks_as: Credentials | None = None
    """Whom to be while SQLite reads; None: oneself."""
    outlived: Event = field(default_factory=Event, repr=False, compare=False)
    """Set when SQLite says that a program died while writing, since the file was looked at."""
    writes: Writing | None = None
    """How an EDIT lane opens the file; None: not at all."""
    kept: object = field(default=None, repr=False, compare=False)
    """What must live as long: a private folder, or the connection that keeps memory alive."""
    past: "PastPages | None" = field(default=None, repr=False, compare=False)
    """Of one that shows what was, where its pages are read in place."""

    def end(self) -> None:
        """Remove the private copy."""
        if self.past is not None:
            self.past.end()
        if isinstance(self.kept, PrivateFolder):
            self.kept.remove()

    @property
    def edit_uri(self) -> str:
        """`mode=rw`: a plain path would create a missing file."""
        return self.uri if self.way is OpeningMode.MEMORY else file_uri(self.path, "mode=rw")


def file_uri(path: Path, parameters: str) -> str:
    """An SQLite URI; `?`, `#` and `%` are legal in names, and so is what is not UTF-8."""
    return f"file:{quote(os.fsencode(path))}?{parameters}"


def open_file(target: Target) -> SQLiteOpening:
    """Look, decide, and prepare what the decision needs. Raises ConnectFailed, Refused, Busy."""
    if target.address == ":memory:":
        return _memory(target)
    found = look(Path(target.address), target.shown)
    decision = decide(found, target.shown)
    opening = SQLiteOpening(
        target=target,
        label=Path(target.shown).name,
        how=decision.how.value,
        why=decision.why,
        writable=False,
        idle_close_s=IDLE_CLOSE_S,
        path=Path(found.path),
        way=decision.how,
        looks_as=decision.looks_as,
        probe=found,
        opened_at=time.monotonic(),
    )
    if decision.how is OpeningMode.COPY:
        return _copy(opening)
    allowed = writing(found, read_only=target.read_only)
    parameters = {
        OpeningMode.READ_ONLY: "mode=ro",
        OpeningMode.BESIDE_WAL: "mode=ro&readonly_shm=1",
        OpeningMode.IMMUTABLE: "mode=ro&immutable=1",
    }[decision.how]
    return replace(
        opening,
        uri=file_uri(opening.path, parameters),
        writable=isinstance(allowed, Writing),
        not_writable_because="" if isinstance(allowed, Writing) else allowed.why,
        read_only_word="" if isinstance(allowed, Writing) else allowed.word,
        writes=allowed if isinstance(allowed, Writing) else None,
        editable_word=past_permissions(found) if isinstance(allowed, Writing) else "",
        edits_alone=decision.how is OpeningMode.BESIDE_WAL,
    )


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
        with closing(connected(file_uri(copy, "mode=rw"))) as mine:
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
        read_only_word="--read-only" if opening.target.read_only else "a private copy",
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
        how=OpeningMode.MEMORY.value,
        why="a database in memory, empty at first and gone when it is closed",
        writable=not target.read_only,
        not_writable_because=ASKED_READ_ONLY.format(":memory:") if target.read_only else "",
        read_only_word="--read-only" if target.read_only else "",
        path=Path(":memory:"),
        uri=uri,
        way=OpeningMode.MEMORY,
        writes=None if target.read_only else Writing(guard=False),
        kept=KeptAlive(uri),
    )
