"""One state of a database as a file of its own."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from studio.wal.changes import must_be_reachable
from studio.wal.history import History, NotThere, State, Unreadable

_BESIDE = ("", "-wal", "-shm", "-journal")


def save_state(history: History, frame: int, output: Path) -> dict[str, int]:
    """Write the database as of a commit to `output`, which appears only when it is whole.

    It keeps no WAL, so whoever opens it needs no other file. Raises Unreadable where the commit
    cannot be rebuilt, the name is taken, or nothing can be written there.
    """
    must_be_reachable(history, frame)
    for suffix in _BESIDE:
        # A -wal left there would be taken for the new file's.
        if os.path.lexists(f"{output}{suffix}"):
            raise Unreadable(f"{output}{suffix} is there already: name a new file")
    try:
        return {"bytes": _whole(history.state(frame), output)}
    except OSError as error:
        raise NotThere(f"{output} cannot be written: {error.strerror or error}") from error


def _whole(state: State, output: Path) -> int:
    handle, name = tempfile.mkstemp(dir=output.parent, prefix=f".{output.name[:200]}.")
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            _write(state, file)
            file.flush()
            os.fsync(file.fileno())
        draft.chmod(0o666 & ~_umask())
        _appear(draft, output)
    finally:
        draft.unlink(missing_ok=True)
    return output.stat().st_size


def _write(state: State, file: BinaryIO) -> None:
    size = state.history.page_size
    first = state.whole(1)
    for page in range(1, state.db_pages + 1):
        data = _clean(first, state) if page == 1 else state.read(page)
        # A free page may never have been written.
        file.write(data.ljust(size, b"\0"))


def _clean(first: bytes, state: State) -> bytes:
    """Page 1 of a database that keeps no WAL, with its size where SQLite looks for it."""
    page = bytearray(first)
    page[18:20] = b"\1\1"
    page[28:32] = state.db_pages.to_bytes(4, "big")
    page[92:96] = page[24:28]
    return bytes(page)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _appear(draft: Path, output: Path) -> None:
    """Take the name, unless somebody has it by now."""
    with suppress(PermissionError, NotImplementedError):
        output.hardlink_to(draft)
        return
    draft.rename(output)
