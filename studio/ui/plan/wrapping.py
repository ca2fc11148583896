"""Where a plan has rows of the screen to spare, conditions take them instead of being cut."""

from collections.abc import Callable, Sequence
from itertools import accumulate

from rich.cells import cell_len

from studio.backends.plans.outline import OutlinePiece

MOST_ROWS = 6
"""Of one line: more would be a list of constants."""
INDENT = 2
LEAST_ROOM = 20
"""Cells below which a row holds too little to be worth it."""
UNCUT = 10_000
Words = Callable[[int], Sequence[OutlinePiece]]
"""A line's words in about so many cells (Outline.words)."""


def wrapped(pieces: Sequence[OutlinePiece], room: int) -> list[list[OutlinePiece]]:
    """The words of a line in rows of `room` cells, further ones indented; a word longer than a row
    is broken.
    """
    rows: list[list[OutlinePiece]] = [[]]
    left = room
    for piece in pieces:
        for word in _words(piece.text):
            text = word
            while cell_len(text.rstrip()) > left:
                if left < room and cell_len(text.strip()) <= room - INDENT:
                    text = text.lstrip()
                else:
                    head = _prefix(text, left)
                    rows[-1].append(OutlinePiece(head, piece.role))
                    text = text[len(head) :]
                rows.append([])
                left = room - INDENT
            text = _prefix(text, left)
            rows[-1].append(OutlinePiece(text, piece.role))
            left -= cell_len(text)
    return [_joined(row) for row in rows if row]


def _prefix(text: str, cells: int) -> str:
    """As much of a text as fits into so many cells."""
    if cell_len(text) <= cells:
        return text
    ends = accumulate(map(cell_len, text))
    return text[: sum(1 for end in ends if end <= cells)]


def _words(text: str) -> list[str]:
    """Words with the blanks before them."""
    found: list[str] = []
    start = 0
    for place in range(1, len(text)):
        if text[place] == " " and text[place - 1] != " ":
            found.append(text[start:place])
            start = place
    return [*found, text[start:]]


def _joined(row: list[OutlinePiece]) -> list[OutlinePiece]:
    joined: list[OutlinePiece] = []
    for piece in row:
        if joined and joined[-1].role == piece.role:
            joined[-1] = OutlinePiece(joined[-1].text + piece.text, piece.role)
        else:
            joined.append(piece)
    return joined


def in_rows(words: Words, room: int, most: int) -> list[list[OutlinePiece]]:
    """A line in at most so many rows, shortened as its outline does it where those are too few."""
    if most <= 1 or room < LEAST_ROOM:
        return [list(words(room))]
    cells = UNCUT
    while len(rows := wrapped(words(cells), room)) > most:
        whole = room + (most - 1) * (room - INDENT)
        cells = min(cells - max(1, room // 8), whole)
        if cells <= room:
            return [list(words(room))]
    return rows


class Rows:
    """Which rows of the screen belong to which of the lines shown."""

    def __init__(self, heights: Sequence[int]) -> None:
        self._heights = heights
        self._tops = [0, *accumulate(heights)]
        self._places = [
            (place, part) for place, height in enumerate(heights) for part in range(height)
        ]

    @property
    def count(self) -> int:
        """Of rows."""
        return self._tops[-1]

    def height(self, place: int) -> int:
        """Rows of one line."""
        return self._heights[place]

    def top(self, place: int) -> int:
        """The first row of a line."""
        return self._tops[place]

    def at(self, row: int) -> tuple[int, int] | None:
        """The line a row belongs to, and which of its rows it is; None below the last."""
        return self._places[row] if 0 <= row < len(self._places) else None


def rows_of(lines: Sequence[tuple[Words, int]], order: Sequence[int], spare: int) -> Rows:
    """How many rows each line takes, of those there are to spare beside one each; what comes first
    in `order` has them first.
    """
    found = [1] * len(lines)
    for place in order:
        if spare <= 0:
            break
        words, room = lines[place]
        found[place] = len(in_rows(words, room, min(MOST_ROWS, 1 + spare)))
        spare -= found[place] - 1
    return Rows(found)
