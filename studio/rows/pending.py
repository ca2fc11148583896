"""What a window has asked for, and what it will do with the answer."""

from dataclasses import dataclass
from enum import Enum, auto

from studio.model.page import PageRequest


class Why(Enum):
    """What a window wants a page for."""

    APPEND = auto()
    PREPEND = auto()
    FIRST = auto()
    LAST = auto()
    AT = auto()
    """A place by offset or by an estimated key."""
    KEY = auto()
    REFRESH = auto()
    SURVEY = auto()
    """One row from the end: its key tells how far the keys reach."""


@dataclass(frozen=True, slots=True)
class PendingRequest:
    """A request on its way, and what its answer is for."""

    request: PageRequest
    why: Why
    index: int = 0
    """Where the first row of the answer goes."""
    moves: bool = False
    """Whether a person asked for the place, so that the cursor goes there."""
