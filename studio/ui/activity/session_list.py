"""The sessions, drawn line by line; of two looks, only the lines that differ are drawn again."""

from collections.abc import Sequence
from itertools import chain
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import BindingType
from textual.geometry import Region

from studio.activity.lines import ActivityLine
from studio.ui.keys.commands import Command, bindings
from studio.ui.widgets.labels import fit, plain
from studio.ui.widgets.piece_list import PieceList

_WIDE = 100
"""Below this many columns there is no room to say whose a session is."""
_AGE = 7
_MOST_NAME = 18
_WHAT, _MOST_WHAT, _MOST_WHAT_WIDE = 18, 26, 34
_PERSON = 20
_GAP = "  "


class SessionList(PieceList[ActivityLine]):
    """Who is in the way and who waits, who works, who sits idle in a transaction."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("sessions.down", "Next session", "down,j", "move(1)"),
        Command("sessions.up", "Previous session", "up,k", "move(-1)"),
        Command("sessions.page-down", "Page down", "pagedown,ctrl+d", "page(1)"),
        Command("sessions.page-up", "Page up", "pageup,ctrl+u", "page(-1)"),
        Command("sessions.first", "First session", "home,ctrl+home,g g", "edge(-1)"),
        Command("sessions.last", "Last session", "end,ctrl+end,G", "edge(1)"),
        Command("sessions.open", "Everything known of a session", "enter", "open", "whole"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)
    TONES: ClassVar[str] = "sessions"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "sessions--cursor",
        "sessions--cursor-blurred",
        "sessions--dim",
        "sessions--title",
        "sessions--warning",
    }
    DEFAULT_CSS = """
    SessionList .sessions--cursor { background: $primary; color: $grid-cursor-text; }
    SessionList .sessions--cursor-blurred { background: $panel; color: $foreground; }
    SessionList .sessions--dim { color: $dim; }
    SessionList .sessions--title { color: $primary; text-style: bold; }
    SessionList .sessions--warning { color: $warning; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._name_cells = 0
        self._what_cells = 0

    def show(self, lines: Sequence[ActivityLine]) -> None:
        """List `lines`; the cursor stays on its session, wherever that is now."""
        here, old = self.current, self._lines
        if tuple(lines) == old:
            # The same to look at; what stands behind it is newer.
            self._lines = tuple(lines)
            return
        cells = max((len(line.name) + _indent(line) for line in lines), default=0)
        what = max((cell_len(plain(line.what)) for line in lines), default=0)
        is_laid_out_anew = (cells, what, len(lines)) != (
            self._name_cells, self._what_cells, len(old)
        )  # fmt: skip
        self._lines, self._name_cells, self._what_cells = tuple(lines), cells, what
        if is_laid_out_anew:
            self.measure()
        place = self._place_of(here)
        if place != self.cursor:
            self.set_reactive(SessionList.cursor, place)
            self.keep_in_sight()
            is_laid_out_anew = True
        if is_laid_out_anew:
            self.refresh()
        else:
            top, width = self.scroll_offset.y, self.size.width
            self.refresh(
                *(
                    Region(0, row - top, width, 1)
                    for row, (new, was) in enumerate(zip(self._lines, old, strict=True))
                    if new != was
                )
            )
        self.post_message(self.Moved())

    def _place_of(self, wanted: ActivityLine | None) -> int:
        if wanted is not None and wanted.key:
            for row, line in enumerate(self._lines):
                if line.key == wanted.key:
                    return row
        return self._somebody(max(0, min(self.cursor, len(self._lines) - 1)), 1)

    def _somebody(self, place: int, step: int) -> int:
        """The first line from there that is somebody's; else where it is."""
        for there in chain(self._from(place, step), self._from(place, -step)):
            if not self.is_passed_over(self._lines[there]):
                return there
        return place

    def _from(self, place: int, step: int) -> range:
        if not self._lines:
            return range(0)
        return range(place, len(self._lines) if step > 0 else -1, step)

    # -- moving ----------------------------------------------------------------------------------

    def action_move(self, by: int) -> None:
        """Go `by` lines down; titles are passed over."""
        place = max(0, min(self.line_count - 1, self.cursor + by))
        if self._lines:
            self.cursor = self._somebody(place, 1 if by > 0 else -1)

    # -- drawing ---------------------------------------------------------------------------------

    def _room_for_what(self, *, is_wide: bool) -> int:
        """As much as the longest needs, and not all of the line."""
        return max(_WHAT, min(self._what_cells, _MOST_WHAT_WIDE if is_wide else _MOST_WHAT))

    def is_passed_over(self, line: ActivityLine) -> bool:
        """Titles are nobody's."""
        return bool(line.title)

    def pieces(self, line: ActivityLine, width: int) -> list[tuple[str, str]]:
        """The line as texts with their tones."""
        if line.title:
            return [(f" {fit(plain(line.title), max(1, width - 2))}", "title")]
        is_wide = width >= _WIDE
        branch = "  " * (line.depth - 1) + "└ " if line.depth else ""
        # Signs and numbers of our own: what makes a stranger's text plain would spell them out.
        cells = min(_MOST_NAME, self._name_cells + 1)
        name = f" {(branch + line.name)[:cells]:<{cells}}{_GAP}"
        tone = "warning" if line.is_in_the_way else ""
        pieces = [
            (name, tone),
            (f"{_whole_end(plain(line.what), self._room_for_what(is_wide=is_wide))}{_GAP}", tone),
            (f"{line.age:>{_AGE}}{_GAP}", "dim"),
        ]
        if is_wide:
            pieces.append((f"{fit(plain(line.person), _PERSON)}{_GAP}", "dim"))
        used = sum(len(text) for text, _ in pieces)
        room = width - used - 1
        remarks = ", ".join(map(plain, line.remarks))
        if len(remarks) > room // 2:
            remarks = plain(line.remarks[0])[: max(0, room // 2)]
        room = max(1, room - (len(remarks) + len(_GAP) if remarks else 0))
        pieces.append((fit(plain(line.statement), room), ""))
        if remarks:
            pieces.append((f"{_GAP}{remarks}", "warning"))
        return pieces


def _whole_end(text: str, width: int) -> str:
    """Cut before its last word: which row it is, or how far a command came."""
    start, _, end = text.rpartition(" ")
    room = width - cell_len(end) - 1
    if cell_len(text) <= width or room < len("row a…"):
        return fit(text, width)
    return f"{fit(start, room)} {end}"


def _indent(line: ActivityLine) -> int:
    return 2 * line.depth
