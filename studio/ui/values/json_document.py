"""JSON laid out and folded: a Document whose places are a line and a column in it."""

from studio.ui.values.json_lines import ROOT, UNKNOWN, JsonLines
from studio.ui.values.laid_line import LaidLine, laid_line
from studio.ui.widgets.glyphs import Glyphs
from studio.ui.widgets.safe_text import TextPiece

_COLUMNS = 1 << 40
"""More than any line has."""
_INDENT = "  "
_MOST_INDENTED = 40
"""Deeper than that, lines stay where they are: there would be no room for them."""
_MOST_KEPT = 200
_ROLES = {"t": "word", "f": "word", "n": "word", '"': "string", **dict.fromkeys("{}[]", "mark")}
"""By a value's first character; all others begin numbers."""
_ALL = 1 << 31


class JsonDocument:
    """Lines of JSON; each piece says what it is (`key`, `string`, `number`, `word`, `mark`)."""

    def __init__(self, value: str, glyphs: Glyphs) -> None:
        self.lines = JsonLines(value)
        self.lines.find()
        self._glyphs = glyphs
        self._folded_from = _ALL
        """The depth from which on containers are folded, but for those in `_turned`."""
        self._turned: set[int] = set()
        self._laid: dict[int, LaidLine] = {}

    @property
    def size(self) -> int:
        """The place after the last line that is known."""
        return len(self.lines) * _COLUMNS

    def line(self, start: int, width: int) -> tuple[list[TextPiece], int]:
        """One line of at most `width` cells, or as much of a long one."""
        index, column = divmod(start, _COLUMNS)
        laid = self._line(index)
        pieces, end, is_whole = laid.drawn(column, width, self._glyphs)
        return pieces, self._after(index) * _COLUMNS if is_whole else start - column + end

    def before(self, start: int, width: int) -> int:
        """The place of the line before; 0 for the first."""
        index, column = divmod(start, _COLUMNS)
        if column == 0:
            if index == 0:
                return 0
            index = self._shown(index - 1)
            column = len(self._line(index).text.text)
        return index * _COLUMNS + self._line(index).text.before(column, width)

    # -- folding ---------------------------------------------------------------------------------

    def line_of(self, place: int) -> int:
        """The line at a place."""
        return min(place // _COLUMNS, len(self.lines) - 1)

    def start_of(self, line: int) -> int:
        """The place where a line begins, shown or not."""
        return line * _COLUMNS

    def place_of(self, line: int) -> int:
        """Where a line is shown, or the folded one that it is in."""
        return self._shown(line) * _COLUMNS

    def parent_of(self, line: int) -> int:
        """The line that opens what a line is in; itself where that is nothing."""
        parent = self.lines.parent(line)
        return line if parent == ROOT else parent

    def can_fold(self, line: int) -> bool:
        """Whether there is something to fold or unfold on it."""
        return self.lines.opens(line)

    def is_folded(self, line: int) -> bool:
        """Whether what it opens is not shown."""
        return (self.lines.depth(line) >= self._folded_from) is not (line in self._turned) and (
            self.lines.opens(line)
        )

    def turn(self, line: int) -> None:
        """Fold what is open there, or open what is folded."""
        self._turned ^= {line}
        self._laid.pop(line, None)

    def fold_from(self, depth: int | None) -> None:
        """Fold everything that deep; None: open all."""
        self._folded_from = _ALL if depth is None else depth
        self._turned.clear()
        self._laid.clear()

    @property
    def folds_all(self) -> bool:
        """Whether everything of some depth is folded."""
        return self._folded_from != _ALL

    def _after(self, line: int) -> int:
        """The line shown after it; one that is not known yet is found, if it is the next."""
        after = line + 1
        if self.is_folded(line):
            end = self.lines.end(line)
            if end == UNKNOWN:
                return len(self.lines)
            after = end + 1
        if after >= len(self.lines):
            self.lines.find()
        return after

    def _shown(self, line: int) -> int:
        """The line itself, or the outermost folded one around it."""
        shown = line
        if self._turned or self.folds_all:
            for around in self.lines.ancestors(line):
                if self.is_folded(around):
                    shown = around
        return shown

    # -- drawing ---------------------------------------------------------------------------------

    def _line(self, index: int) -> LaidLine:
        if self.is_folded(index) and self.lines.end(index) == UNKNOWN:
            return self._lay(index)
        if (laid := self._laid.get(index)) is None:
            if len(self._laid) > _MOST_KEPT:
                self._laid.clear()
            laid = self._laid[index] = self._lay(index)
        return laid

    def _lay(self, index: int) -> LaidLine:
        lines = self.lines
        if lines.is_rest(index):
            rest = lines.text[lines.start(index) :]
            return laid_line([(rest, "")], self._glyphs)
        key, value, closed_by, comma = lines.parts(index)
        parts = [(_INDENT * min(lines.depth(index), _MOST_INDENTED), "")]
        if key:
            parts += [(key, "key"), (":", "mark"), (" ", "")]
        parts.append((value, _ROLES.get(value[:1], "number")))
        if self.is_folded(index):
            parts += self._folded(index, value)
        else:
            parts += [(closed_by, "mark"), (comma, "mark")]
        return laid_line(parts, self._glyphs)

    def _folded(self, index: int, opened: str) -> list[tuple[str, str]]:
        """What stands for what is not shown."""
        end = self.lines.end(index)
        is_object = opened == "{"
        parts = [(self._glyphs.ellipsis, "mark"), ("}" if is_object else "]", "mark")]
        if end == UNKNOWN:
            return parts
        count = self.lines.children(index)
        noun = ("key" if is_object else "value") + "s" * (count != 1)
        return [*parts, (self.lines.parts(end).comma, "mark"), (f"  {count:,} {noun}", "mark")]
