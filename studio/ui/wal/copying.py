"""Work that writes a state of the database into a file, seen and stopped from the WAL page."""

import time
from collections.abc import Callable
from typing import TypeVar

from studio.backends.halves.wal_history import Progress
from studio.model.words import file_size
from studio.ui.terminal.detached import detached

_LARGE = 100_000_000
"""Bytes from which a person is told how far it is."""
T = TypeVar("T")


async def copied(
    what: str, size: int, work: Callable[[Progress], T], say: Callable[[str], None]
) -> T:
    """What `work` returns or raises; it is stopped when this is cancelled. `say` hears how far it
    is, and an empty text at the end.

    `size`: the bytes it is about to write.
    """
    started = time.monotonic()

    def run(is_stopped: Callable[[], bool]) -> T:
        def ask(done: int, total: int) -> bool:
            if total >= _LARGE and not is_stopped():
                say(f"{what}: {progress(done, total, time.monotonic() - started)} · esc stops")
            return is_stopped()

        return work(ask)

    say(f"{what}: {file_size(size)}" if size >= _LARGE else what)
    try:
        return await detached(run)
    finally:
        say("")


def progress(done: int, total: int, took_s: float) -> str:
    """How much is written, and about how long the rest takes."""
    said = f"{file_size(done)} of {file_size(total)}"
    if not done:
        return said
    return f"{said}, ~{max(1, round(took_s * (total - done) / done))} s more"
