"""What every engine keeps to when it tries an index."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
MOST_BYTES = 512 * 1024 * 1024
"""Tables (PostgreSQL) or files (SQLite) larger than this are not tried on."""
RUNS, ENOUGH_S = 3, 1.0
"""The fastest of so many runs counts, before and after; of a slow statement, of fewer."""


def repeated(measure: Callable[[], T]) -> list[T]:
    """Twice at least: the first run fills the caches."""
    end = time.perf_counter() + ENOUGH_S
    taken = [measure(), measure()]
    while len(taken) < RUNS and time.perf_counter() < end:
        taken.append(measure())
    return taken
