"""What every engine keeps to when it tries an index."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
MOST_BYTES = 512 * 1024 * 1024
"""Tables (PostgreSQL) or files (SQLite) larger than this are not tried on."""
RUNS, ENOUGH_S = 3, 1.0
"""The fastest of so many runs counts, before and after; of a slow statement, of fewer."""
MOST_RUNS, LEAST_S = 20, 0.05
"""Of a quick one, of more: a machine that does something else is away for longer than it takes."""


def repeated(measure: Callable[[], T]) -> list[T]:
    """Twice at least: the first run fills the caches."""
    began = time.perf_counter()
    taken = [measure(), measure()]
    while len(taken) < MOST_RUNS:
        took_s = time.perf_counter() - began
        if took_s > (ENOUGH_S if len(taken) < RUNS else LEAST_S):
            break
        taken.append(measure())
    return taken
