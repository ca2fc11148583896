"""Where each page of a state lies, for who reads the pages in place."""

from array import array
from base64 import b64decode, b64encode
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from studio.wal.changes import must_be_reachable
from studio.wal.filesystem import file_system
from studio.wal.probe import FILE_HEADER_BYTES
from studio.wal.steady import Seen

_KIND = "I"
"""Of 20,000 numbers as text, reading and writing would take longer than all else."""


def _packed(numbers: Iterable[int]) -> str:
    return b64encode(array(_KIND, numbers).tobytes()).decode()


def numbers(packed: str) -> "array[int]":
    """What `places` packed, in a process of the same machine."""
    found = array(_KIND)
    found.frombytes(b64decode(packed))
    return found


def places(path: Path, seen: Seen, frame: int) -> dict[str, Any]:
    """The database as of a commit: `pages` and, in the same order, the `frames` that hold them, as
    `numbers` reads them; all others are in the main file. `first` is the header as it was, in hex.
    It holds as long as the device, inode, size and time of the main file (`written`) and the `head`
    of the -wal stay so.

    Raises OSError, Unreadable where the commit cannot be rebuilt.
    """
    history, _ = seen
    must_be_reachable(history, frame)
    state = history.state(frame)
    first = bytearray(state.whole(1)[:FILE_HEADER_BYTES])
    # Its size, where SQLite looks for it.
    first[28:32] = state.db_pages.to_bytes(4, "big")
    first[92:96] = first[24:28]
    held = {one.page: one.number for one in history.frames.frames[:frame]}
    main = path.stat()
    return {
        "page_size": history.page_size,
        "db_pages": state.db_pages,
        "first": first.hex(),
        "pages": _packed(held.keys()),
        "frames": _packed(held.values()),
        "written": [main.st_dev, main.st_ino, main.st_size, main.st_mtime_ns],
        "head": history.wal_head.hex(),
        "file_system": file_system(path),
    }
