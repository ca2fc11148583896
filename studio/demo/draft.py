"""The demo while it is being built: a file of its own, locked by who builds it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

_BESIDE = ("-wal", "-shm", "-journal")


@contextmanager
def draft_of(path: Path) -> Iterator[Path]:
    """An empty file beside `path` to build in; gone afterwards, unless it was renamed.

    Its lock goes with this process, however that ends: what nobody holds, `sweep` removes.
    Raises OSError.
    """
    draft, lock = _locked(path)
    try:
        yield draft
    finally:
        _remove(draft)
        os.close(lock)


def sweep(path: Path) -> None:
    """Remove drafts of `path` whose builder was ended before it could. Raises OSError."""
    for draft in path.parent.glob(f".{path.name}.*"):
        if draft.name.endswith(_BESIDE):
            continue
        try:
            lock = os.open(draft, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(draft)
        except BlockingIOError:
            pass  # somebody builds
        finally:
            os.close(lock)


def _locked(path: Path) -> tuple[Path, int]:
    while True:
        draft = path.with_name(f".{path.name}.{uuid4().hex}")
        lock = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        fcntl.flock(lock, fcntl.LOCK_EX)
        if draft.exists():
            return draft, lock
        os.close(lock)  # swept before it was locked


def _remove(draft: Path) -> None:
    for suffix in ("", *_BESIDE):
        draft.with_name(draft.name + suffix).unlink(missing_ok=True)
