"""A value made of others, a line a part: a Document whose places are a line and a column."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from studio.model.parts import ValuePart
from studio.ui.values.laid_line import LaidLine, laid_line
from studio.ui.values.searching import next_place
from studio.ui.widgets.glyphs import Glyphs
from studio.ui.widgets.safe_text import TextPiece

_COLUMNS = 1 << 40
"""More than any line has."""
_INDENT = "  "


class PartsDocument:
    """Names and values; what has parts of its own stands above them, which are indented."""

    def __init__(self, parts: Sequence[ValuePart], glyphs: Glyphs) -> None:
        self._parts = parts
        self._glyphs = glyphs

    @property
    def size(self) -> int:
        """The place after the last line."""
        return len(self._parts) * _COLUMNS

    def line(self, start: int, width: int) -> tuple[list[TextPiece], int]:
        """One part, or as much of it as fits."""
        index, column = divmod(start, _COLUMNS)
        pieces, end, is_whole = self._line(index).drawn(column, width, self._glyphs)
        return pieces, (index + 1) * _COLUMNS if is_whole else index * _COLUMNS + end

    def before(self, start: int, width: int) -> int:
        """The place of the line before; 0 for the first."""
        index, column = divmod(start, _COLUMNS)
        if column == 0:
            if index == 0:
                return 0
            index -= 1
            column = len(self._line(index).text.text)
        return index * _COLUMNS + self._line(index).text.before(column, width)

    def next_place(self, needle: str, place: int, step: int) -> int | None:
        """Where a text stands next as it is shown, as in `searching.next_place`."""
        texts = [self._line(index).text.text for index in range(len(self._parts))]
        starts = [0, *accumulate(len(text) + 1 for text in texts)]
        index, column = divmod(place, _COLUMNS)
        here = -1 if place < 0 else starts[index] + column
        found = next_place("\n".join(texts), needle, here, step)
        if found is None:
            return None
        index = bisect_right(starts, found) - 1
        return index * _COLUMNS + found - starts[index]

    def _line(self, index: int) -> LaidLine:
        part = self._parts[index]
        written = [(_INDENT * part.depth, "")]
        if part.name:
            written += [(part.name, "key"), ("  ", "")]
        if part.text is None:
            written.append((f"{self._glyphs.null} NULL", "mark"))
        else:
            # An empty text would look like none at all.
            is_text = bool(part.text) and not part.is_whole
            written.append((part.text or "''", "" if is_text else "mark"))
        return laid_line(written, self._glyphs)
