"""Who else holds a database file's locks, asked from a process of its own."""

import os

from studio.backends.base import Opening
from studio.backends.sqlite import helper
from studio.backends.sqlite.opening import SQLiteOpening
from studio.model.errors import ConnectFailed


def writers(opening: Opening) -> tuple[str, ...]:
    """Other processes that hold a lock no writer gets past, as `name (pid N)`."""
    if not isinstance(opening, SQLiteOpening) or opening.probe.kind != "file":
        return ()
    try:
        locks = helper.probe(opening.path).locks
    except ConnectFailed:
        return ()
    others = {
        (holder.name or "a process", holder.pid)
        for holder in locks.holders
        if holder.write and holder.pid != os.getpid()
    }
    return tuple(f"{name} (pid {pid})" for name, pid in sorted(others))
