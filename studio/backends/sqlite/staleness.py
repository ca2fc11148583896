"""Whether a decision still fits the files: by `stat` alone, about 10 µs.

Nothing here may open them: closing a descriptor would drop SQLite's locks in this process.
"""

import time
from collections.abc import Hashable, Iterator
from pathlib import Path

from studio.backends.sqlite import credentials
from studio.backends.sqlite.deciding import OpeningMode, would_change_mode
from studio.backends.sqlite.opening import SQLiteOpening
from studio.wal.index import BLOCK_BYTES
from studio.wal.probe import Probe, Stamp, stamp

_COPY_KEPT_S = 2.0
_COPY_KEPT_FACTOR = 20
_NEVER_STALE = {OpeningMode.MEMORY, OpeningMode.PAST}
_OF_ITS_OWN = {*_NEVER_STALE, OpeningMode.COPY}
"""Nobody else writes there."""


def is_stale(opening: SQLiteOpening) -> bool:
    """Whether the decision no longer fits: by `stat` alone, about 10 µs."""
    if opening.way in _NEVER_STALE:
        return False
    beside = tuple(_beside(opening.path))
    if opening.way is OpeningMode.COPY:
        # Copying again and again what never rests would leave no time to read.
        age_s = time.monotonic() - opening.opened_at
        rested = age_s > max(_COPY_KEPT_S, _COPY_KEPT_FACTOR * opening.copy_s)
        found = opening.probe
        db, wal, _, journal = beside
        return rested and (db, wal, journal) != (found.db, found.wal, found.journal)
    if opening.outlived.is_set() or _would_chown(opening, beside):
        return True
    return _STALE[opening.way](opening.probe, beside)


def is_at_rest(opening: SQLiteOpening) -> bool:
    """Whether nobody wrote or checkpointed since the files were looked at, as far as stamps tell;
    a private copy always is.
    """
    if opening.way in _OF_ITS_OWN:
        return True
    db, wal, *_ = _beside(opening.path)
    return (db, wal) == (opening.probe.db, opening.probe.wal)


def wal_bytes(opening: SQLiteOpening) -> int:
    """The size of the -wal now, or of the one that was copied; 0 when there is none."""
    if opening.way in _OF_ITS_OWN:
        return opening.probe.wal_bytes
    wal = stamp(Path(f"{opening.path}-wal"))
    return wal.size if wal is not None else 0


def contents(opening: SQLiteOpening) -> Hashable | None:
    """A stamp that is another after each commit: of the -wal as long as commits go there, so that
    a checkpoint, which changes nothing, is not taken for one. None in memory; the past has one.

    What was written in the moment of a look may be seen by the next commit only: stamps of files
    are a few milliseconds wide, and a -wal is written before its commit counts.
    """
    if opening.way is OpeningMode.MEMORY:
        return None
    if opening.way is OpeningMode.PAST:
        return ()
    db, wal = stamp(opening.path), stamp(Path(f"{opening.path}-wal"))
    written = wal if wal is not None and wal.size else db
    if db is None or written is None:
        return ()
    return (db.device, db.inode, written.inode, written.size, written.mtime_ns)


def is_same_file(opening: SQLiteOpening) -> bool:
    """Whether the name still leads to the file that was looked at."""
    if opening.way in _NEVER_STALE:
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


def _would_chown(opening: SQLiteOpening, beside: _Beside) -> bool:
    """Root that cannot be anybody else reads in place only while there is no -journal."""
    journal = beside[-1]
    as_root = (
        opening.way is OpeningMode.READ_ONLY and not opening.looks_as and credentials.is_root()
    )
    return as_root and journal is not None and journal.size > 0


def _read_only_is_stale(found: Probe, beside: _Beside) -> bool:
    # A -journal comes and goes with every commit of a live program; SQLite tells one that is left.
    db, wal, *_ = beside
    return not _same_file(found.db, db) or (wal is not None and wal != found.wal)


def _beside_wal_is_stale(found: Probe, beside: _Beside) -> bool:
    db, wal, shm, _ = beside
    # A -shm only grows while a program has it open.
    least = max(BLOCK_BYTES, found.shm.size if found.shm else 0)
    gone = wal is None or shm is None or shm.size < least or would_change_mode(db, wal, shm)
    # Another inode of either: the program went away and came back between two looks.
    return gone or not (_same_file(found.db, db) and _same_file(found.shm, shm))


def _immutable_is_stale(found: Probe, beside: _Beside) -> bool:
    db, wal, _, journal = beside
    appeared = journal is not None and journal.size > 0 and journal != found.journal
    return db != found.db or bool(wal and wal.size) or appeared


_STALE = {
    OpeningMode.READ_ONLY: _read_only_is_stale,
    OpeningMode.BESIDE_WAL: _beside_wal_is_stale,
    OpeningMode.IMMUTABLE: _immutable_is_stale,
}
