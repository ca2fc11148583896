"""The columns of a grid as a list: hide, order and pin them, or go to one by its name."""

from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static
from textual.widgets.option_list import Option

from studio.ui.keys.commands import Command, bindings
from studio.ui.widgets.columns import ColumnLayout
from studio.ui.widgets.dialog import Dialog
from studio.ui.widgets.labels import fit, plain
from studio.ui.widgets.line_list import LineList
from studio.ui.widgets.pick import Pick, in_columns
from studio.ui.widgets.scattered import in_order, weighed

_NAME, _KIND = 36, 12
_BESIDE = 8
"""Lines of the screen that the list leaves."""
Rearranged = Callable[[], None]


class ColumnList(Dialog[int | None]):
    """Every step shows in the grid at once; answers with the column to go to."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("columns.hide", "Hide the column, or show it again", "space", "hide", "hide"),
        Command("columns.pin", "Keep it at the left, or let it scroll", "p", "pin", "pin"),
        Command("columns.up", "Move it to the left", "K,shift+up", "shift(-1)", "to the left"),
        Command("columns.down", "Move it to the right", "J,shift+down", "shift(1)", "to the right"),
        Command("columns.all", "Show every column again", "a", "show_all", "all"),
        Command("columns.go", "Go to it", "enter", "go", "go to"),
        Command("columns.close", "Close", "escape,c,q", "close", "close"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)
    DEFAULT_CSS = """
    ColumnList { align: center top; }
    ColumnList > Vertical {
        width: 64; max-width: 96%; height: auto; margin-top: 2;
        background: $surface; border: round $primary; padding: 0 1;
    }
    ColumnList #title { height: 1; color: $dim; }
    ColumnList LineList { height: 1; }
    """

    def __init__(self, columns: ColumnLayout, index: int, rearranged: Rearranged) -> None:
        """`index`: the column the cursor is on; `rearranged` draws the grid anew."""
        super().__init__()
        self._columns = columns
        self._first = index
        self._rearranged = rearranged
        self._listed: tuple[int, ...] = ()

    def compose(self) -> ComposeResult:
        """How many there are, and the list."""
        with Vertical():
            yield Static(id="title", markup=False)
            yield LineList()

    def on_mount(self) -> None:
        """Begin at the column one is on."""
        self.lines.focus()
        self._show(self._first)

    def on_resize(self) -> None:
        """Show more or fewer."""
        self._show(self._here)

    @property
    def lines(self) -> LineList:
        """The list."""
        return self.query_one(LineList)

    @property
    def _here(self) -> int | None:
        line = self.lines.line
        return self._listed[line] if line < len(self._listed) else None

    def _show(self, index: int | None) -> None:
        """List what there is now, with the cursor on a column."""
        columns = self._columns
        self._listed = columns.every
        hidden = len(self._listed) - len(columns)
        said = f"{len(self._listed):,} columns" + (f", {hidden:,} hidden" if hidden else "")
        self.query_one("#title", Static).update(said)
        lines = self.lines
        lines.styles.height = max(1, min(len(self._listed), self.size.height - _BESIDE))
        lines.show(len(self._listed), self._line)
        if index in self._listed:
            lines.go_to(self._listed.index(index))

    def _line(self, line: int) -> Text:
        index = self._listed[line]
        column, position = self._columns.columns[index], self._columns.position_of(index)
        word = "pinned" if position is not None and position < self._columns.pins else ""
        word = "hidden" if position is None else word
        name = f"{fit(column.name, _NAME)}  "
        return Text.assemble(
            (name, "dim" if position is None else ""),
            (f"{column.kind.value:<{_KIND}}", "dim"),
            word,
            no_wrap=True,
        )

    def _changed(self, index: int) -> None:
        self._rearranged()
        self._show(index)

    def action_hide(self) -> None:
        """Take the column off the screen, or bring it back; the last one stays."""
        if (index := self._here) is None:
            return
        line = self.lines.line
        if self._columns.position_of(index) is None:
            self._columns.reveal(index)
        elif len(self._columns) == 1:
            self.notify("the last column stays", markup=False)
            return
        else:
            self._columns.hide(index)
        self._rearranged()
        # The cursor stays: what moved up is the next one to look at.
        self._show(None)
        self.lines.go_to(line)

    def action_pin(self) -> None:
        """Pin it, or let it go."""
        if (index := self._here) is not None:
            self._columns.pin(index, pinned=not self._columns.is_pinned(index))
            self._changed(index)

    def action_shift(self, by: int) -> None:
        """Move it among those pinned like it."""
        index = self._here
        position = None if index is None else self._columns.position_of(index)
        if index is not None and position is not None:
            self._columns.move(position, by)
            self._changed(index)

    def action_show_all(self) -> None:
        """Bring every hidden column back, each to its place."""
        index = self._here
        self._columns.show_all()
        self._rearranged()
        self._show(index)

    def action_go(self) -> None:
        """Close, and go to it; a hidden one is shown."""
        self.dismiss(self._here)

    def action_close(self) -> None:
        """Close; the cursor stays where it is."""
        self.dismiss(None)


class GoToColumn(Pick[int]):
    """Type some letters of a column's name; answers with its place among the source's."""

    PLACEHOLDER = "a column…"

    def __init__(self, columns: ColumnLayout) -> None:
        super().__init__()
        self._columns = columns
        self._shown: list[int] = []

    def offer(self, typed: str) -> list[Option]:
        """The best matches; nothing typed: all, as they stand."""
        found = list(self._columns.every)
        if typed:
            needle = typed.casefold()
            found = [i for i in found if in_order(needle, self._called(i).casefold())]
            found.sort(key=lambda i: (needle not in (name := self._called(i).casefold()), name))
            found = weighed(found, typed, self._called)
        self._shown = found
        lines = [(plain(self._called(i)), self._words(i)) for i in found]
        return [Option(line) for line in in_columns(lines)]

    def _called(self, index: int) -> str:
        return self._columns.columns[index].name

    def _words(self, index: int) -> str:
        hidden = " · hidden" if self._columns.position_of(index) is None else ""
        return f"{self._columns.columns[index].kind.value}{hidden}"

    def mark(self, index: int) -> int:
        """The column's place."""
        return self._shown[index]

    def value(self, index: int) -> int | None:
        """The column's place."""
        return self._shown[index] if index < len(self._shown) else None
