"""Frames that stand by a cell: below it or above it, and never over it while there is room."""

from textual.geometry import Offset
from textual.widget import Widget

_LAST_LINE = 1
"""Of the screen: the keys of what stands over it."""


def stand_over(frame: Widget, cell: Offset, width: int) -> None:
    """Put a frame below the cell, or above it, and inside the screen."""
    room = frame.app.size
    width = min(room.width, width)
    frame.styles.width = width
    x = max(0, min(cell.x, room.width - width))
    frame.styles.offset = (x, cell.y + 1)

    def settle() -> None:
        height = frame.outer_size.height
        below = cell.y + 1
        y = below if below + height <= room.height else max(0, cell.y - height)
        frame.styles.offset = (x, min(y, max(0, room.height - height)))

    frame.call_after_refresh(settle)


def stand_beside(frame: Widget, cell: Offset, width: int, height: int) -> None:
    """Put a frame of that size, or as much of it as there is room for, below the cell where it
    fits, else on the side that has more room; the last line stays in sight.
    """
    room = frame.app.size
    width = min(room.width, width)
    above, below = cell.y, room.height - _LAST_LINE - cell.y - 1
    is_below = height <= below or below >= above
    height = max(1, min(height, below if is_below else above))
    frame.styles.width, frame.styles.height = width, height
    x = max(0, min(cell.x, room.width - width))
    frame.styles.offset = (x, cell.y + 1 if is_below else cell.y - height)
