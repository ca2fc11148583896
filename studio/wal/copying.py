"""A copy of a database's files as they were at one moment."""

import os
import shutil
from pathlib import Path

from studio.wal.frames import HEADER_BYTES
from studio.wal.index import HEADER_BYTES as INDEX_HEADER_BYTES
from studio.wal.index import read_index
from studio.wal.probe import Stamp, stamp

_ATTEMPTS = 5
NAME = "copy.db"
_Token = tuple[Stamp | None, Stamp | None, Stamp | None, bytes, bytes]


class Changing(OSError):
    """The files changed during every attempt."""


def copy_database(path: Path, folder: Path) -> Path:
    """Copy `path`, its -wal and its -journal into `folder`; the -shm is rebuilt from the WAL.

    Consistent: what would show a write (stat of each file, the WAL's salts, the checkpoint
    counters) is the same before and after. Raises OSError, Changing after five attempts.
    """
    real = Path(os.path.realpath(path))
    for _ in range(_ATTEMPTS):
        before = _token(real)
        for suffix in ("", "-wal", "-journal"):
            _copy(Path(f"{real}{suffix}"), folder / f"{NAME}{suffix}", needed=not suffix)
        if _token(real) == before:
            return folder / NAME
    raise Changing(f"{real} kept changing while it was copied")


def _token(real: Path) -> _Token:
    return (
        stamp(real),
        stamp(Path(f"{real}-wal")),
        stamp(Path(f"{real}-journal")),
        _head(Path(f"{real}-wal"), HEADER_BYTES),
        _progress(Path(f"{real}-shm")),
    )


def _head(path: Path, size: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(size)
    except OSError:
        return b""


def _progress(shm: Path) -> bytes:
    """The checkpoint counters; the read marks change whenever somebody reads."""
    index = read_index(_head(shm, INDEX_HEADER_BYTES))
    if index is None:
        return b""
    return repr((index.mx_frame, index.n_backfill, index.n_backfill_attempted)).encode()


def _copy(source: Path, target: Path, *, needed: bool) -> None:
    target.unlink(missing_ok=True)
    try:
        shutil.copyfile(source, target)
    except FileNotFoundError:
        if needed:
            raise
        return
    target.chmod(0o600)
