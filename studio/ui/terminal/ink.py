"""The bytes of one frame: moves, pens and characters, as few as there can be."""

from studio.ui.terminal.pen import Pen, Pens

LONGEST_GAP = 4
"""Cells that did not change are written again where that is no longer than to step over them."""
_ALL_OFF = "\x1b[m"


class Ink:
    """Writes a frame down from top to bottom, and knows where the cursor and what the pen is."""

    def __init__(self, pens: Pens, width: int) -> None:
        self._pens = pens
        self._width = width
        self._parts: list[str] = []
        self._at: tuple[int, int] | None = None
        self._pen: Pen = pens.none

    @property
    def is_used(self) -> bool:
        """Whether anything was written."""
        return bool(self._parts)

    def move(self, x: int, y: int) -> None:
        """Put the cursor on a cell."""
        if self._at is not None and self._at[1] == y:
            if (step := x - self._at[0]) != 0:
                count = str(abs(step)) if abs(step) > 1 else ""
                self._parts.append(f"\x1b[{count}{'C' if step > 0 else 'D'}")
        elif x == 0:
            self._parts.append(f"\x1b[{y + 1}H")
        else:
            self._parts.append(f"\x1b[{y + 1};{x + 1}H")
        self._at = x, y

    def cells(self, x: int, y: int, characters: list[str], pens: list[Pen]) -> None:
        """Draw cells one beside the other, from `x` on."""
        self.move(x, y)
        for character, pen in zip(characters, pens, strict=True):
            # Most cells look as the one before: nothing is asked of those.
            if character == " ":
                if pen is not self._pen:
                    self._blank(pen)
            elif character and pen is not self._pen:
                self._use(pen)
            self._parts.append(character)
        # Behind the last column terminals stand in one of two ways.
        after = x + len(characters)
        self._at = (after, y) if after < self._width else None

    def erase_line(self, x: int, y: int, pen: Pen) -> None:
        """Make everything from `x` to the line's end blank."""
        self.move(x, y)
        self._blank(pen)
        self._parts.append("\x1b[K")

    def raw(self, x: int, y: int, sequence: str) -> None:
        """What was drawn elsewhere, begins with no attribute on, and ends so."""
        self._at = None
        self.move(x, y)
        self._use(self._pens.none)
        self._parts.append(sequence)
        self._at = None

    def finish(self, cursor: tuple[int, int] | None) -> str:
        """The frame; after it no attribute is on and the cursor is there, where that matters."""
        if self._pen is not self._pens.none:
            self._parts.append(_ALL_OFF)
        if cursor is not None:
            self.move(*cursor)
        return "".join(self._parts)

    def _blank(self, pen: Pen) -> None:
        """Have a pen with which a blank looks as with `pen`."""
        if pen.is_plain and self._pen.is_plain:
            if pen.background == self._pen.background:
                return
            pen = self._pens.over(self._pen, pen.background)
        self._use(pen)

    def _use(self, pen: Pen) -> None:
        self._parts.append(pen.after(self._pen))
        self._pen = pen
