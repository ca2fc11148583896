"""Folders for private copies: only we can enter, and nothing of them stays, whatever ends us."""

import fcntl
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from shutil import rmtree
from weakref import finalize

_PREFIX = "studio-"
_HELD = ".held"


class PrivateFolder:
    """A folder that is removed when nobody refers to it, at the latest at exit. After a kill it is
    removed by the next who makes one: the kernel tells by the lock on a file in it.
    """

    def __init__(self) -> None:
        sweep()
        self.path, lock = _made()
        self.remove = finalize(self, _remove, self.path, lock)
        """Remove it now."""


def _made() -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        lock = os.open(folder / _HELD, os.O_CREAT | os.O_RDONLY | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.fstat(lock).st_nlink:
            return folder, lock
        # Somebody who sweeps had the lock first.
        os.close(lock)


def sweep() -> None:
    """Remove the folders that killed programs of ours left."""
    for held in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*/{_HELD}"):
        with suppress(OSError):
            _remove_unheld(held)


def _remove_unheld(held: Path) -> None:
    """Raises OSError where it is held, or somebody else's."""
    lock = os.open(held, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        status = os.fstat(lock)
        if status.st_uid != os.geteuid() or status.st_size or held.parent.is_symlink():
            return
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        rmtree(held.parent, ignore_errors=True)
    finally:
        os.close(lock)


def _remove(folder: Path, lock: int) -> None:
    rmtree(folder, ignore_errors=True)
    os.close(lock)
