"""What is there before anything is opened: header, -wal, -shm, -journal, locks, file system."""

import json
import os
import stat
import struct
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from studio.wal.filesystem import file_system
from studio.wal.frames import (
    HEADER_BYTES,
    WalHeader,
    committing,
    is_page_size,
    read_frames,
    read_header,
)
from studio.wal.index import HEADER_BYTES as INDEX_HEADER_BYTES
from studio.wal.index import WalIndex, read_index
from studio.wal.locks import FileLocks, Holder, read_locks

MAGIC = b"SQLite format 3\0"
FILE_HEADER_BYTES = 100
_MOST_CHECKED = 300
"""Frames whose checksums are computed when no -shm can be trusted: some 50 ms."""
_MOST_COUNTED = 20_000
"""Frames that are looked at to count commits: some 40 ms."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Stamp:
    """Enough of `stat` to see that a file is another, or has changed, and whose it is."""

    device: int
    inode: int
    size: int
    mtime_ns: int
    owner: int = -1
    group: int = -1
    mode: int = 0
    """The permission bits."""


@dataclass(frozen=True, slots=True)
class Pending:
    """What the WAL holds that the main file does not."""

    frames: int
    commits: int | None
    """None: too many frames to count in a moment."""


_UNKNOWN = FileLocks(known=False)
WAL_VERSION = NEWEST_VERSION = 2
"""Of the file format, in the header's bytes 18 and 19."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One look at a database's files."""

    path: str
    """Symbolic links followed: SQLite puts -wal and -shm beside the real file."""
    kind: str
    """`file`, `missing`, `directory`, `fifo`, `socket`, `device`, `unreachable`."""
    db: Stamp | None = None
    wal: Stamp | None = None
    shm: Stamp | None = None
    journal: Stamp | None = None
    owner: int = -1
    error: str = ""
    """Why the file cannot be read."""
    is_sqlite: bool = False
    page_size: int = 0
    write_version: int = 0
    read_version: int = 0
    """2 is WAL mode."""
    page_count: int = 0
    """What the header says the file has; 0 where it says nothing that SQLite goes by."""
    free_page: int = 0
    """Where the list of free pages begins; 0: there are none."""
    free_pages: int = 0
    wal_header: WalHeader | None = None
    wal_readable: bool = True
    shm_readable: bool = True
    index: WalIndex | None = None
    pending: Pending | None = None
    journal_hot: bool = False
    """The -journal may hold a transaction that must be undone before anybody reads."""
    locks: FileLocks = _UNKNOWN
    file_system: str = ""

    @property
    def is_wal(self) -> bool:
        """Whether the header says WAL mode."""
        return self.read_version == WAL_VERSION

    @property
    def journal_left(self) -> bool:
        """Whether a program died while it wrote, and left the -journal."""
        return self.journal_hot and not self.locks.reserved

    @property
    def wal_bytes(self) -> int:
        """The size of the -wal; 0 when there is none."""
        return self.wal.size if self.wal else 0


def probe(path: Path) -> Probe:
    """Look at `path` and the files beside it. Takes no lock, writes nothing, never blocks."""
    real = Path(os.path.realpath(path))
    try:
        status = real.stat()
    except (FileNotFoundError, NotADirectoryError):
        return Probe(str(real), "missing")
    except OSError as error:
        return Probe(str(real), "unreachable", error=error.strerror or str(error))
    kind = _kind(status.st_mode)
    if kind != "file":
        return Probe(str(real), kind, owner=status.st_uid)
    with ExitStack() as opened:
        return _probe_file(real, status, opened)


def as_one_file(path: Path, first: bytes, size: int) -> Probe:
    """Of a file that begins with `first`, with nothing beside it and nobody who uses it."""
    file = Stamp(device=0, inode=0, size=size, mtime_ns=0)
    return Probe(str(path), "file", db=file, **_header(first), locks=FileLocks(known=True))


def users(path: Path) -> dict[str, Any]:
    """Who uses a database now: `index` and `locks` of a Probe, as JSON. Some 0.3 ms."""
    real = Path(os.path.realpath(path))
    with ExitStack() as opened:
        db, _ = _try_open(real, opened)
        shm, _ = _try_open(Path(f"{real}-shm"), opened)
        locks = _locks(db, shm) if db is not None else FileLocks(known=False)
        head = shm.read(INDEX_HEADER_BYTES) if shm else b""
        index = read_index(head, is_attached=locks.attached)
    return {"index": index and asdict(index), "locks": asdict(locks)}


def _probe_file(real: Path, status: os.stat_result, opened: ExitStack) -> Probe:
    beside = {name: Path(f"{real}-{name}") for name in ("wal", "shm", "journal")}
    found: dict[str, Any] = {
        "path": str(real),
        "kind": "file",
        "db": _stamp(status),
        "owner": status.st_uid,
        "file_system": file_system(real),
        **{name: stamp(path) for name, path in beside.items()},
    }
    try:
        db = opened.enter_context(_open(real))
    except OSError as error:
        return Probe(**found, error=error.strerror or str(error))
    found |= _header(db.read(FILE_HEADER_BYTES))
    shm, found["shm_readable"] = _try_open(beside["shm"], opened)
    wal, found["wal_readable"] = _try_open(beside["wal"], opened)
    locks = _locks(db, shm)
    found["journal_hot"] = _is_hot(beside["journal"])
    if found["journal_hot"] or locks.exclusive:
        # Asked again: a transaction may have ended between, and another begun.
        now = _locks(db, shm)
        locks = replace(
            now,
            reserved=locks.reserved or now.reserved,
            exclusive=locks.exclusive and now.exclusive,
        )
    found["locks"] = locks
    head = shm.read(INDEX_HEADER_BYTES) if shm else b""
    index = read_index(head, is_attached=locks.attached)
    header = read_header(wal.read(HEADER_BYTES)) if wal else None
    found |= {"index": index, "wal_header": header}
    if wal is not None and header is not None and header.ok and found["wal"]:
        found["pending"] = _pending(wal, header, index, found["wal"].size)
    return Probe(**found)


def _kind(mode: int) -> str:
    kinds: tuple[tuple[str, Callable[[int], bool]], ...] = (
        ("file", stat.S_ISREG),
        ("directory", stat.S_ISDIR),
        ("fifo", stat.S_ISFIFO),
        ("socket", stat.S_ISSOCK),
    )
    return next((name for name, holds in kinds if holds(mode)), "device")


def stamp(path: Path) -> Stamp | None:
    """The stamp of `path`, or None when there is no such file (or it cannot be seen)."""
    try:
        return _stamp(path.stat())
    except OSError:
        return None


def _stamp(status: os.stat_result) -> Stamp:
    return Stamp(
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        status.st_uid,
        status.st_gid,
        status.st_mode & 0o777,
    )


def _open(path: Path) -> BinaryIO:
    # Not blocking: between stat and open, somebody may put a FIFO there.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
    return open(os.open(path, flags), "rb")  # noqa: PTH123 - a descriptor, not a path


def _try_open(path: Path, opened: ExitStack) -> tuple[BinaryIO | None, bool]:
    """The open file, and whether it is readable: one that is not there counts as readable."""
    try:
        return opened.enter_context(_open(path)), True
    except FileNotFoundError:
        return None, True
    except OSError:
        return None, False


def _is_hot(journal: Path) -> bool:
    """Whether it holds a transaction: one that was removed, truncated or zeroed (as journal_mode
    says) holds nothing any more. Asked after the locks: a commit ends its journal first.
    """
    with ExitStack() as opened:
        file, _ = _try_open(journal, opened)
        return file is not None and file.read(1) not in {b"", b"\0"}


def _header(data: bytes) -> dict[str, Any]:
    if len(data) < FILE_HEADER_BYTES or not data.startswith(MAGIC):
        return {}
    (page_size,) = struct.unpack_from(">H", data, 16)
    page_size = 65536 if page_size == 1 else page_size
    changes, pages, free_page, free_pages = struct.unpack_from(">4I", data, 24)
    (counted_at,) = struct.unpack_from(">I", data, 92)
    return {
        "is_sqlite": is_page_size(page_size),
        "page_size": page_size,
        "write_version": data[18],
        "read_version": data[19],
        # One that an old library wrote last has not kept the count.
        "page_count": pages if changes == counted_at else 0,
        "free_page": free_page,
        "free_pages": free_pages,
    }


def _locks(db: BinaryIO, shm: BinaryIO | None) -> FileLocks:
    try:
        return read_locks(db.fileno(), shm.fileno() if shm else None)
    except OSError:
        return FileLocks(known=False)


def _pending(wal: BinaryIO, header: WalHeader, index: WalIndex | None, wal_bytes: int) -> Pending:
    slots = max(0, wal_bytes - HEADER_BYTES) // header.frame_bytes
    if index is not None and index.fits(header) and _is_level(wal, header, index, slots):
        first, last = index.n_backfill + 1, index.mx_frame
        if last - first >= _MOST_COUNTED:
            return Pending(last - first + 1, None)
        return Pending(last - first + 1, sum(1 for _ in committing(wal, header, first, last)))
    if slots > _MOST_CHECKED:
        return Pending(slots, None)
    frames = read_frames(wal, header, wal_bytes)
    return Pending(frames.mx_frame, len(frames.commits))


def _is_level(wal: BinaryIO, header: WalHeader, index: WalIndex, slots: int) -> bool:
    """Whether a -shm counts what is in the WAL. One that nobody has open may be of a moment before:
    then a frame of this round follows the last that it counts.
    """
    if index.is_attached or index.mx_frame >= slots:
        return index.mx_frame <= slots
    wal.seek(HEADER_BYTES + index.mx_frame * header.frame_bytes + 8)
    return wal.read(8).hex() != "".join(header.salt)


# -- as JSON ---------------------------------------------------------------------------------------


def to_json(found: Probe) -> str:
    """One line; paths that are not UTF-8 keep their bytes as escapes."""
    return json.dumps(asdict(found))


def with_users(found: Probe, raw: dict[str, Any]) -> Probe:
    """The same with who uses it by now, as `users` wrote it."""
    index = _optional(WalIndex, raw["index"], "read_marks", "salt")
    return replace(found, index=index, locks=_unpacked_locks(raw["locks"]))


def from_json(text: str) -> Probe:
    """What `to_json` wrote."""
    return unpacked(json.loads(text))


def unpacked(raw: dict[str, Any]) -> Probe:
    """What `asdict` made of one, as JSON."""
    for name in ("db", "wal", "shm", "journal"):
        raw[name] = _optional(Stamp, raw[name])
    raw["pending"] = _optional(Pending, raw["pending"])
    raw["wal_header"] = _optional(WalHeader, raw["wal_header"], "salt", "sums")
    raw["index"] = _optional(WalIndex, raw["index"], "read_marks", "salt")
    raw["locks"] = _unpacked_locks(raw["locks"])
    return Probe(**raw)


def _unpacked_locks(raw: dict[str, Any]) -> FileLocks:
    holders = tuple(Holder(**holder) for holder in raw["holders"])
    return FileLocks(**raw | {"holders": holders})


def _optional(kind: Callable[..., T], fields: dict[str, Any] | None, *tuples: str) -> T | None:
    if fields is None:
        return None
    return kind(**fields | {name: tuple(fields[name]) for name in tuples})
