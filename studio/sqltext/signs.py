"""The signs beside statements that ran, gone with the first edit of the statement."""

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Signed:
    """A statement of the editor's text, and how it went."""

    start: int
    """In characters."""
    end: int
    sign: str


class StatementMarks:
    """Keeps them where their statements are while the text changes."""

    def __init__(self) -> None:
        self._text = ""
        self._signed: dict[int, Signed] = {}
        """By their start, in the order of the text."""

    def begin(self, text: str) -> None:
        """Statements of `text` run: none has a sign."""
        self._text, self._signed = text, {}

    def add(self, start: int, end: int, sign: str) -> None:
        """The statement there went so; what it said of it before does not count."""
        self._signed[start] = Signed(start, end, sign)

    def changed(self, text: str) -> bool:
        """The text is another: keep what was not touched. Whether any sign went or moved."""
        if not self._signed:
            self._text = text
            return False
        old, self._text = self._text, text
        if old == text:
            return False
        before, behind, shift = _same(old, text), len(old), len(text) - len(old)
        behind -= _same_end(old, text, before)
        moved = (
            one if one.end <= before else replace(one, start=one.start + shift, end=one.end + shift)
            for one in self._signed.values()
            if one.end <= before or one.start >= behind
        )
        self._signed = {one.start: one for one in moved}
        return True

    def by_line(self) -> Mapping[int, str]:
        """Each sign by its line of the text, from 0."""
        found, line, place = dict[int, str](), 0, 0
        for start, one in self._signed.items():
            line, place = line + self._text.count("\n", place, start), start
            found[line] = one.sign
        return found


def _same(one: str, other: str) -> int:
    """How many characters are the same from the start."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _same_end(one: str, other: str, taken: int) -> int:
    """How many are the same from the end, without the `taken` at the start."""
    low, high = 0, min(len(one), len(other)) - taken
    while low < high:
        middle = (low + high + 1) // 2
        if one[len(one) - middle :] == other[len(other) - middle :]:
            low = middle
        else:
            high = middle - 1
    return low
