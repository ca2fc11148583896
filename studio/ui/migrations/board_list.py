"""The migrations board, drawn line by line: 2,000 migrations are as quick as twenty."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType

from studio.model.migration import MigrationState
from studio.ui.keys.commands import Command, bindings
from studio.ui.migrations.board_lines import BoardLine, LineKind
from studio.ui.widgets.labels import fit, plain
from studio.ui.widgets.piece_list import PieceList

_STATE_CELLS = 12
_LEAST_ID, _MOST_ID = 8, 80
_NARROW = 100
"""Below this many columns the time of day gives way to the reason."""
_TIME_OF_DAY = len(" 11:04")
_GAP = "  "
_LEAST_ASIDE = 8
_MOST_ASIDE = 60
"""What is said beside names takes no more of them than this."""
_DRIFT = "≠ drift"
_LEAST_TOLD = len("is in the database only")
_TONES = {
    MigrationState.APPLIED: "good",
    MigrationState.RECORDED: "dim",
    MigrationState.UNKNOWN: "dim",
    MigrationState.PENDING: "waiting",
    MigrationState.FAILED: "bad",
}
"""States and the tone of their word; the others are a warning."""


class MigrationList(PieceList[BoardLine]):
    """One line per migration, difference and note, with a cursor."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("board.down", "Next line", "down,j", "move(1)"),
        Command("board.up", "Previous line", "up,k", "move(-1)"),
        Command("board.page-down", "Page down", "pagedown,ctrl+d", "page(1)"),
        Command("board.page-up", "Page up", "pageup,ctrl+u", "page(-1)"),
        Command("board.first", "First line", "home,ctrl+home,g g", "edge(-1)"),
        Command("board.last", "Last line", "end,ctrl+end,G", "edge(1)"),
        Command("board.next-open", "Next one that needs a look", "n", "next_open(1)"),
        Command("board.previous-open", "Previous one that needs a look", "N", "next_open(-1)"),
        Command("board.open", "SQL of the migration, or more of the line", "enter", "open", "SQL"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)
    TONES: ClassVar[str] = "board"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "board--cursor",
        "board--cursor-blurred",
        "board--dim",
        "board--header",
        "board--good",
        "board--waiting",
        "board--warning",
        "board--bad",
    }
    DEFAULT_CSS = """
    MigrationList .board--cursor { background: $primary; color: $grid-cursor-text; }
    MigrationList .board--cursor-blurred { background: $panel; color: $foreground; }
    MigrationList .board--dim { color: $dim; }
    MigrationList .board--header { color: $primary; text-style: bold; }
    MigrationList .board--good { color: $success; }
    MigrationList .board--waiting { color: $accent; }
    MigrationList .board--warning { color: $warning; }
    MigrationList .board--bad { color: $error; text-style: bold; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 Textual's own name
        super().__init__(id=id)
        self._id_cells = 0
        self._time_cells = 0
        self._aside_cells = 0
        self._object_cells = 0
        self._told_cells = 0

    def show(self, lines: Sequence[BoardLine]) -> None:
        """List `lines`; the cursor stays on its migration, else goes to the first to look at."""
        here = self.current
        self._lines = tuple(lines)
        entries = [line for line in self._lines if line.kind is LineKind.ENTRY]
        longest = max((len(line.text) for line in entries), default=0)
        self._id_cells = max(_LEAST_ID, min(_MOST_ID, longest))
        self._time_cells = max((len(line.when) for line in entries), default=0)
        asides = (min(_MOST_ASIDE, len(line.aside) + len(line.warning)) for line in entries)
        self._aside_cells = max(asides, default=0)
        drift = [line for line in self._lines if line.kind is LineKind.DRIFT]
        self._object_cells = max((len(line.text) for line in drift), default=0)
        self._told_cells = max((len(line.aside) for line in drift), default=0)
        self.measure()
        # The scrolled place of the old lines may lie beyond the new ones.
        self.set_reactive(MigrationList.cursor, 0)
        self.cursor = self._place_of(here) if here is not None else self._first_place()
        self.keep_in_sight()
        self.refresh()
        self.post_message(self.Moved())

    def _place_of(self, wanted: BoardLine) -> int:
        for place, line in enumerate(self._lines):
            if line.kind is wanted.kind and line.text == wanted.text:
                return place
        return min(self.cursor, max(0, len(self._lines) - 1))

    def _first_place(self) -> int:
        entries = [i for i, line in enumerate(self._lines) if line.entry is not None]
        wanted = (i for i in entries if self._lines[i].is_open)
        return next(wanted, entries[-1] if entries else 0)

    # -- moving ----------------------------------------------------------------------------------

    def action_move(self, by: int) -> None:
        """Go `by` lines down; blank lines are passed over."""
        last = len(self._lines) - 1
        place = max(0, min(last, self.cursor + by))
        step = 1 if by > 0 else -1
        while 0 < place < last and self.is_passed_over(self._lines[place]):
            place += step
        self.cursor = max(0, place)

    def action_next_open(self, step: int) -> None:
        """Go to the next line something is to be done about, around the end."""
        count = len(self._lines)
        for distance in range(1, count + 1):
            place = (self.cursor + step * distance) % count
            if self._lines[place].is_open:
                self.cursor = place
                return
        self.notify("nothing here needs a look", markup=False)

    # -- drawing ---------------------------------------------------------------------------------

    def is_passed_over(self, line: BoardLine) -> bool:
        """Blank lines are."""
        return line.kind is LineKind.BLANK

    def pieces(self, line: BoardLine, width: int) -> list[tuple[str, str]]:
        """The line as texts with their tones."""
        room = max(1, width - 2)
        if line.entry is not None:
            return self._entry(line, width)
        if line.drift is not None:
            return self._drift(line, width)
        if line.kind is LineKind.HEADER:
            text = line.text if len(plain(line.text)) <= room else line.aside
            return [(f" {fit(plain(text), room)}", "header")]
        if line.kind is LineKind.BLANK:
            return [(" ", "")]
        sign, tone = {
            LineKind.LOCK: ("⚠ locked: ", "warning"),
            LineKind.FAULT: ("⚠ ", "warning"),
            LineKind.PROBLEM: ("⚠ ", "bad"),
        }.get(line.kind, ("", "dim"))
        return [(f"   {fit(sign + plain(line.text), max(1, width - 4))}", tone)]

    def _entry(self, line: BoardLine, width: int) -> list[tuple[str, str]]:
        entry = line.entry
        if entry is None:
            return []
        tone = _TONES.get(entry.state, "warning")
        name = plain(line.text) or "?"
        cells = self._id_width(width)
        if not (line.aside or line.warning):
            # Nothing stands beside it that a longer name would push away.
            most = width - len(f"   {_GAP}{_GAP}{_GAP} ") - _STATE_CELLS - self._time_width(width)
            cells = max(cells, min(len(name), most))
        pieces = [
            (f"   {fit(name, cells)}{_GAP}", ""),
            (f"{fit(entry.state.value, _STATE_CELLS)}{_GAP}", tone),
        ]
        if cells := self._time_width(width):
            when = line.when if width >= _NARROW else line.when[:-_TIME_OF_DAY]
            pieces.append((f"{fit(when, cells)}{_GAP}", "dim"))
        room = width - sum(len(text) for text, _ in pieces) - 1
        return [*pieces, *_aside(line, room)] if room > 0 else pieces

    def _drift(self, line: BoardLine, width: int) -> list[tuple[str, str]]:
        cells = self._object_width(width)
        is_under_states = cells == self._id_width(width)
        pieces = [
            (f"   {fit(plain(line.text), cells)}{_GAP}", ""),
            (f"{fit(_DRIFT, _STATE_CELLS if is_under_states else len(_DRIFT))}{_GAP}", "warning"),
        ]
        room = width - sum(len(text) for text, _ in pieces) - 1
        return [*pieces, (fit(plain(line.aside), max(1, room)), "")]

    def _id_width(self, width: int) -> int:
        """Names whole where there is room: all of it if nothing is said beside them."""
        taken = len(f"   {_GAP}{_GAP}{_GAP} ") + _STATE_CELLS + self._time_width(width)
        room = max(width * 2 // 5, width - taken - self._aside_cells)
        return max(_LEAST_ID, min(self._id_cells, room))

    def _object_width(self, width: int) -> int:
        """Objects whole where there is room, beside as much of what is said as tells something."""
        room = width - len(f"   {_GAP}{_GAP} ") - len(_DRIFT)
        told = min(self._told_cells, _LEAST_TOLD)
        return max(self._id_width(width), min(self._object_cells, room - told))

    def _time_width(self, width: int) -> int:
        return self._time_cells if width >= _NARROW else max(0, self._time_cells - _TIME_OF_DAY)


def _aside(line: BoardLine, room: int) -> list[tuple[str, str]]:
    """The reason or the beginning, and what is dangerous about it: that has the right of way."""
    aside = plain(line.aside)
    if not line.warning:
        return [(fit(aside, room), "dim")]
    warning = f"⚠ {plain(line.warning)}"
    left = min(len(aside), max(room - len(warning) - 2, room // 4))
    if left < _LEAST_ASIDE:
        return [(fit(warning, room), "warning")]
    return [
        (f"{fit(aside, left)}{_GAP}", "dim"),
        (fit(warning, max(1, room - left - 2)), "warning"),
    ]
