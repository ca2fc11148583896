"""The list of candidates, drawn over the text beside the line that is being typed."""

from collections.abc import Sequence

from rich.text import Text
from textual.geometry import Offset, Size
from textual.widget import Widget

from studio.completion.complete import Candidate
from studio.ui.widgets.labels import fit, plain
from studio.ui.widgets.theme_styles import styles

MOST = 12
"""Lines shown at once."""
_WIDEST = 48
_NARROWEST = 24
_FRAME = 2
_SIGNS = {
    "column": "column", "table": "table", "function": "fn", "keyword": "", "value": "value",
    "condition": "join", "join": "join",
}  # fmt: skip


class CandidateList(Widget):
    """Shows candidates; it never has the focus, and takes no key by itself."""

    can_focus = False
    DEFAULT_CSS = """
    CandidateList {
        layer: candidates; display: none; background: $surface; color: $foreground;
        border: round $primary; border-subtitle-color: $dim; height: auto; width: auto;
    }
    """

    def __init__(self) -> None:
        super().__init__(id="candidates")
        self._candidates: Sequence[Candidate] = ()
        self._chosen: int | None = None
        self._top = 0

    @property
    def is_open(self) -> bool:
        """Whether it is to be seen."""
        return self.display

    @property
    def chosen(self) -> Candidate | None:
        """What the arrow was moved to."""
        return None if self._chosen is None else self._candidates[self._chosen]

    @property
    def first(self) -> Candidate:
        """The best one, while it is open."""
        return self._candidates[0]

    @property
    def shown(self) -> tuple[str, ...]:
        """What is offered, while it is open."""
        return tuple(c.text for c in self._candidates) if self.is_open else ()

    def show(
        self,
        candidates: Sequence[Candidate],
        cursor: Offset,
        room: Size,
        *,
        choose: bool,
        says: str,
    ) -> None:
        """Stand below `cursor`, or above it on the last lines of `room`."""
        self._candidates = candidates
        self._chosen, self._top = (0 if choose else None), 0
        below, above = room.height - cursor.y - 1, cursor.y
        height = min(MOST, len(candidates)) + _FRAME
        is_below = height <= below or below >= above
        height = max(1 + _FRAME, min(height, below if is_below else above))
        width = min(room.width, max(self._widest(), len(says) + 2 * _FRAME))
        self.styles.width, self.styles.height = width, height
        x = max(0, min(cursor.x, room.width - width))
        self.styles.offset = (x, cursor.y + 1 if is_below else cursor.y - height)
        self.border_subtitle = says
        self.display = True
        self.refresh()

    def _widest(self) -> int:
        lines = (len(c.text) + len(_detail(c)) + 2 for c in self._candidates)
        return max(_NARROWEST, min(_WIDEST, max(lines, default=0) + _FRAME))

    def close(self) -> None:
        """Show nothing."""
        self.display = False
        self._chosen = None

    def move(self, by: int) -> None:
        """Go on by some lines; above the first nothing is chosen, behind the last is the first."""
        count = len(self._candidates)
        if self._chosen is None:
            self._chosen = 0 if by > 0 else None
        elif abs(by) > 1:
            self._chosen = max(0, min(count - 1, self._chosen + by))
        elif self._chosen + by < 0:
            self._chosen = None
        else:
            self._chosen = (self._chosen + by) % count
        self._scroll()
        self.refresh()

    def _scroll(self) -> None:
        chosen, height = self._chosen or 0, max(1, self.size.height)
        self._top = max(min(self._top, chosen), chosen - height + 1)

    def render(self) -> Text:
        """One line each, the chosen one marked."""
        width, height = self.size
        found = styles(self.app, "dim", "primary")
        lines = []
        for index in range(self._top, min(len(self._candidates), self._top + height)):
            candidate = self._candidates[index]
            detail = plain(_detail(candidate))
            room = max(width // 2, width - len(candidate.text) - 2)
            detail = fit(detail, min(len(detail), max(0, room)))
            name = fit(plain(candidate.text), max(1, width - len(detail) - 1))
            line = Text(f"{name} ", no_wrap=True, end="")
            line.append(detail, found["dim"])
            if index == self._chosen:
                line.stylize("reverse")
            lines.append(line)
        return Text("\n", no_wrap=True, end="").join(lines)


def _detail(candidate: Candidate) -> str:
    return candidate.detail or _SIGNS.get(candidate.kind, candidate.kind)
