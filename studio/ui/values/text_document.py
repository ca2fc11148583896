"""Text as lines, wrapped from any place and in both directions."""

from bisect import bisect_left

from studio.ui.widgets.glyphs import Glyphs
from studio.ui.widgets.safe_text import TextPiece, wrapped_line

_LOOK_BACK = 16 * 1024
"""Characters searched for the start of a line; a longer line is entered in its middle."""


class TextDocument:
    """Text, wrapped."""

    def __init__(self, text: str, glyphs: Glyphs, *, shows_breaks: bool = True) -> None:
        self.text = text
        self._glyphs = glyphs
        self._shows_breaks = shows_breaks
        """Whether line feeds are the value's own, and so are seen."""
        self._chain: list[int] = []
        """Starts of lines that follow one another, from the last look back."""
        self._chain_width = 0

    @property
    def size(self) -> int:
        """The length of the text."""
        return len(self.text)

    def line(self, start: int, width: int) -> tuple[list[TextPiece], int]:
        """One line of at most `width` cells."""
        pieces, end = wrapped_line(self.text, start, width, self._glyphs)
        if not self._shows_breaks and self.text[end - 1 : end] == "\n":
            # Its sign may not have been drawn, or be one piece with that of another character.
            pieces, _ = wrapped_line(self.text[start : end - 1], 0, width, self._glyphs)
        return pieces, end

    def before(self, start: int, width: int) -> int:
        """Wrap again from the last line feed before, to where a line leads to `start`."""
        known = bisect_left(self._chain, start) if width == self._chain_width else 0
        if 0 < known < len(self._chain) and self._chain[known] == start:
            return self._chain[known - 1]
        least = max(0, start - _LOOK_BACK)
        place = self.text.rfind("\n", least, max(0, start - 1)) + 1 or least
        chain = [min(place, max(0, start))]
        while (end := self.line(chain[-1], width)[1]) < start:
            chain.append(end)
        self._chain, self._chain_width = [*chain, start], width
        return chain[-1]
