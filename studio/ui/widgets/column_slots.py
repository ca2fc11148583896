"""Places of columns on the screen."""

from dataclasses import dataclass
from typing import NamedTuple

CELL_PADDING = 2
"""A place for a sign before each value, and a gap after it."""


@dataclass(frozen=True, slots=True)
class ColumnSlot:
    """The place of one column on the screen."""

    index: int
    """Into the source's columns."""
    position: int
    """In the order of display."""
    x: int
    """Where its first cell is, its sign's place, from the left of the columns' area."""
    width: int
    """Of the value, without padding."""

    @property
    def end(self) -> int:
        """Where the next column may begin."""
        return self.x + self.width + CELL_PADDING


class Window(NamedTuple):
    """What of the columns is on the screen."""

    pinned: tuple[ColumnSlot, ...]
    scrolled: tuple[ColumnSlot, ...]
    rule_x: int
    """Where the line after the pinned columns is; -1: there is none."""
    has_left: bool
    has_right: bool
    last_whole: int
    """The last position that is not cut by the right edge."""

    @property
    def slots(self) -> tuple[ColumnSlot, ...]:
        """Both kinds, from left to right."""
        return self.pinned + self.scrolled
