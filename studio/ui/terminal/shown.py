"""What the terminal shows, cell by cell, so that only what changes is sent.

A frame of Textual's draws regions anew, whether anything in them changed or not. Where terminals
may not agree on how many cells a character takes, the whole line is drawn as Textual would.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from textual.strip import Strip

from studio.ui.terminal.cells import Cells, cells_of
from studio.ui.terminal.ink import LONGEST_GAP, Ink
from studio.ui.terminal.pen import Pen, Pens

Piece = tuple[int, int, Strip]
"""Column and line of its first cell, counted from 0, and what is drawn there."""


@dataclass(slots=True)
class _Line:
    """One line: what was drawn there, and what that is in cells."""

    pieces: dict[int, Strip] = field(default_factory=dict)
    """By their first cell; none overlaps another."""
    characters: list[str | None] = field(default_factory=list)
    """None: nobody knows what the terminal shows there."""
    pens: list[Pen | None] = field(default_factory=list)
    is_sure: bool = True
    """Whether every terminal shows these cells."""

    def put(self, x: int, strip: Strip) -> None:
        """Draw over what was there."""
        end = x + strip.cell_length
        for other, old in tuple(self.pieces.items()):
            old_end = other + old.cell_length
            if old_end <= x or other >= end:
                continue
            del self.pieces[other]
            if other < x:
                self.pieces[other] = old.crop(0, x - other)
            if old_end > end:
                self.pieces[end] = old.crop(end - other)
        self.pieces[x] = strip

    def reach(self, width: int) -> None:
        """Have at least so many cells."""
        missing = width - len(self.characters)
        if missing > 0:
            self.characters.extend([None] * missing)
            self.pens.extend([None] * missing)


class ShownCells:
    """The cells of the terminal, as far as they are known."""

    def __init__(self, pens: Pens, draw: Callable[[Strip], str], *, erases_in_colour: bool) -> None:
        """`draw`: a strip as Textual writes it. `erases_in_colour`: a line that is erased takes the
        background that is on (terminfo calls it bce).
        """
        self._pens = pens
        self._draw = draw
        self._erases_in_colour = erases_in_colour
        self._lines: dict[int, _Line] = {}

    def forget(self) -> None:
        """Nobody knows what it shows any more."""
        self._lines.clear()

    def changes(
        self, pieces: Iterable[Piece], width: int, cursor: tuple[int, int] | None = None
    ) -> str:
        """What makes a terminal of this width show these pieces where it did not; then its cursor
        is put on a cell, where that matters. Empty: it shows them.
        """
        by_line: dict[int, list[tuple[int, Strip]]] = {}
        for x, y, strip in pieces:
            if strip.cell_length:
                by_line.setdefault(y, []).append((x, strip))
        ink = Ink(self._pens, width)
        for y, drawn in sorted(by_line.items()):
            line = self._lines.setdefault(y, _Line())
            fresh = [(x, strip) for x, strip in drawn if line.pieces.get(x) != strip]
            if fresh:
                self._redraw(line, y, fresh, width, ink)
        return ink.finish(cursor) if ink.is_used else ""

    def _redraw(
        self, line: _Line, y: int, fresh: list[tuple[int, Strip]], width: int, ink: Ink
    ) -> None:
        found: list[tuple[int, Cells]] = []
        is_sure = line.is_sure
        for x, strip in fresh:
            line.put(x, strip)
            cells = cells_of(strip, self._pens)
            if cells is None:
                is_sure = False
            else:
                found.append((x, cells))
        if not is_sure:
            self._draw_whole(line, y, width, ink)
            return
        for x, cells in found:
            self._draw_changed(line, x, y, cells, width, ink)

    def _draw_whole(self, line: _Line, y: int, width: int, ink: Ink) -> None:
        if sum(strip.cell_length for strip in line.pieces.values()) >= width:
            # Where characters take fewer cells than is believed, what was there would stay.
            ink.erase_line(0, y, self._pens.none)
        line.is_sure = True
        line.characters.clear()
        line.pens.clear()
        for x, strip in sorted(line.pieces.items(), key=_first):
            ink.raw(x, y, self._draw(strip))
            cells = cells_of(strip, self._pens)
            if cells is None:
                line.is_sure = False
            else:
                line.reach(x + len(cells.characters))
                line.characters[x : x + len(cells.characters)] = cells.characters
                line.pens[x : x + len(cells.pens)] = cells.pens

    def _draw_changed(
        self, line: _Line, x: int, y: int, cells: Cells, width: int, ink: Ink
    ) -> None:
        characters, pens = cells.characters, cells.pens
        end = x + len(characters)
        line.reach(end)
        if line.characters[x:end] == characters and line.pens[x:end] == pens:
            return
        # A wide character that is drawn over in part is gone; its other half is a blank.
        if x and line.characters[x] == "" and (pen := line.pens[x - 1]) is not None:
            x, characters = x - 1, [" ", *characters]
            pens = [self._pens.blank(pen), *pens]
        behind = line.pens[end] if line.characters[end : end + 1] == [""] else None
        if behind is not None:
            characters, pens = [*characters, " "], [*pens, self._pens.blank(behind)]
            end += 1
        runs = list(_runs(line, x, characters, pens))
        stop = self._blank_from(characters, pens) if end >= width else len(characters)
        erased = [max(start, stop) for start, last in runs if last > stop]
        for start, last in runs:
            if start < stop:
                cut = slice(start, min(last, stop))
                ink.cells(x + start, y, characters[cut], pens[cut])
        if erased:
            ink.erase_line(x + erased[0], y, pens[-1])
        line.characters[x:end] = characters
        line.pens[x:end] = pens

    def _blank_from(self, characters: list[str], pens: list[Pen]) -> int:
        """Where the blanks begin with which a line ends and which can be erased at once."""
        last, start = pens[-1], len(characters)
        if not last.is_plain or (last.background and not self._erases_in_colour):
            return start
        while start and characters[start - 1] == " " and pens[start - 1] is last:
            start -= 1
        return start


def _runs(line: _Line, x: int, characters: list[str], pens: list[Pen]) -> Iterator[tuple[int, int]]:
    """Where cells differ from the line's, from `x` on: first and behind the last of each run."""
    start = end = -1
    for index, (character, pen) in enumerate(zip(characters, pens, strict=True)):
        if line.characters[x + index] == character and line.pens[x + index] is pen:
            continue
        if start >= 0 and index - end > LONGEST_GAP:
            yield start, end
            start = -1
        if start < 0:
            start = index
        end = index + 1
    if start >= 0:
        yield start, end


def _first(piece: tuple[int, Strip]) -> int:
    return piece[0]
