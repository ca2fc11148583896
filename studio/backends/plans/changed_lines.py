"""Two plans that have no numbers per line, side by side: lines that stayed, went and came."""

from collections.abc import Sequence
from difflib import SequenceMatcher

from studio.backends.plans.outline import GONE, NEW, ROLES, SAME, Heat, Metric, OutlinePiece
from studio.backends.plans.words import printable, shortened


class ChangedLines:
    """The lines of both runs, then what they counted as a whole."""

    heat = Heat.TIME
    is_whole = False

    def __init__(
        self, before: Sequence[str], after: Sequence[str], totals: Sequence[str] = ()
    ) -> None:
        """The lines as their servers wrote them, and each count before and after, in words."""
        self.lines = tuple(_changes(before, after))
        self.totals = tuple(totals)
        count = len(self.lines) + len(self.totals)
        self.parents: Sequence[int | None] = [None] * count

    def heats(self) -> tuple[Heat, ...]:
        """Nothing is told of a line alone."""
        return ()

    def columns(self) -> tuple[Metric, ...]:
        """Only the mark: there are no numbers per line."""
        return (Metric("mark", "", 1),)

    def cell(self, line: int, key: str) -> str:
        """The mark."""
        return self.lines[line][0] if key == "mark" and line < len(self.lines) else ""

    def share(self, line: int) -> float:
        """None."""
        del line
        return 0.0

    def below(self, line: int) -> float:
        """Nothing is folded in a comparison."""
        del line
        return 1.0

    def words(self, line: int, room: int) -> list[OutlinePiece]:
        """The line as its server wrote it; then each count before and after."""
        if line >= len(self.lines):
            return [OutlinePiece(self.totals[line - len(self.lines)], "name")]
        mark, text = self.lines[line]
        return [OutlinePiece(shortened(printable(text), room), ROLES[mark])]

    def is_dim(self, line: int) -> bool:
        """Nothing is."""
        del line
        return False

    def path(self, line: int) -> str:
        """Its place."""
        return str(line)


def _changes(was: Sequence[str], now: Sequence[str]) -> list[tuple[str, str]]:
    found = []
    matcher = SequenceMatcher(None, was, now, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            found += [(SAME, text) for text in now[j1:j2]]
        else:
            found += [(GONE, text) for text in was[i1:i2]]
            found += [(NEW, text) for text in now[j1:j2]]
    return found
