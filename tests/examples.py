"""How many examples a law is tried with: few in the gate, all with STUDIO_LONG=1."""

import os
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
IS_LONG = bool(os.environ.get("STUDIO_LONG"))
_SHORT = 8


def examples(count: int) -> int:
    """Of `count`, every eighth in the gate."""
    return count if IS_LONG else -(-count // _SHORT)


def some(cases: Sequence[T]) -> Sequence[T]:
    """Every third case in the gate, where each starts a whole studio."""
    return cases if IS_LONG else cases[::3]
