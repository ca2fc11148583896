"""One line of a document, however long, whose parts have roles."""

from collections.abc import Sequence
from typing import NamedTuple

from studio.ui.values.text_document import TextDocument
from studio.ui.widgets.glyphs import Glyphs
from studio.ui.widgets.safe_text import TextPiece, wrapped_line

_MOST_CELLS = 12
"""That any one character is drawn in."""


class LaidLine(NamedTuple):
    """The line as it is drawn, and what its parts are."""

    text: TextDocument
    ends: tuple[tuple[int, str], ...]
    """Where each part ends, and its role."""

    def drawn(self, column: int, width: int, glyphs: Glyphs) -> tuple[list[TextPiece], int, bool]:
        """At most `width` cells from a column on, the column behind them, and whether that is the
        line's end.
        """
        text = self.text.text
        _, end = self.text.line(column, width)
        pieces: list[TextPiece] = []
        place = column
        for upto, role in self.ends:
            if place < min(end, upto):
                pieces += _drawn(text[place : min(end, upto)], role, glyphs)
                place = min(end, upto)
        return pieces, end, end >= len(text)


def laid_line(parts: Sequence[tuple[str, str]], glyphs: Glyphs) -> LaidLine:
    """A line of texts with their roles."""
    text, ends = "", []
    for part, role in parts:
        text += part
        ends.append((len(text), role))
    return LaidLine(TextDocument(text, glyphs), tuple(ends))


def _drawn(text: str, role: str, glyphs: Glyphs) -> list[TextPiece]:
    """A part of a line that fits, whatever is put for what cannot be drawn."""
    drawn, _ = wrapped_line(text, 0, _MOST_CELLS * len(text) + 1, glyphs)
    return [piece._replace(role=role) for piece in drawn if piece.text]
