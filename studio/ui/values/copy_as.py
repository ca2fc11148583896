"""Copy the cell, the row, or the marked rows, in the form one key names."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.geometry import Offset
from textual.widgets import Static

from studio.export.some_rows import Rows, RowsToCopy, copied_text
from studio.model.errors import StudioError, Unsupported
from studio.model.page import Shortened, Value
from studio.model.words import plural
from studio.ui.keys.commands import Command, bindings, commands_of, key_label
from studio.ui.terminal.clipboard import copy
from studio.ui.widgets.beside import stand_beside
from studio.ui.widgets.dialog import Dialog
from studio.ui.widgets.labels import fit

Whole = Callable[[int, str, Value], Awaitable[Value]]
"""Which of the rows, a column's name and what is held of its value → the value itself."""

_WIDTH = 64
_FRAME = 2
_GAPS = 4
"""Blanks before and after a key, and two after a name."""
_MOST_SHOWN = 4096
"""Characters of a value that its preview is made of."""
_MOST_PREVIEWED = 3
"""Rows that a preview is made of."""
_OF_SEVERAL = {"cell": "the column", "row": "the rows"}
"""What a form is called where rows are marked."""


@dataclass(frozen=True, slots=True)
class ChosenRows:
    """One row or more, in the order of the columns."""

    rows: Rows
    are_marked: bool = False
    """Else it is the cursor's."""
    note: str = ""
    """What must be known of them."""


class CopyAs(Dialog[None]):
    """A list by the cell: each key with what it would copy."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("copy.cell", "the cell", "y,c,enter", "copy('cell')"),
        Command("copy.row", "the row", "r", "copy('row')"),
        Command("copy.header", "with names", "h", "copy('header')"),
        Command("copy.json", "as JSON", "j", "copy('json')"),
        Command("copy.csv", "as CSV", "v", "copy('csv')"),
        Command("copy.markdown", "as Markdown", "m", "copy('markdown')"),
        Command("copy.python", "as Python", "p", "copy('python')"),
        Command("copy.insert", "as INSERT", "i", "copy('insert')"),
        Command("copy.update", "as UPDATE", "u", "copy('update')"),
        Command("copy.where", "as WHERE", "w", "copy('where')"),
        Command("copy.cancel", "never mind", "escape", "cancel", "back"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)
    DEFAULT_CSS = """
    CopyAs > Vertical {
        background: $surface; border: round $primary; border-title-color: $primary;
    }
    CopyAs Static { width: 100%; height: 100%; }
    """

    def __init__(
        self, subject: RowsToCopy, chosen: ChosenRows, at: Offset, whole: Whole | None = None
    ) -> None:
        """`at`: the cell's place on the screen."""
        super().__init__()
        self._subject = subject
        self._chosen = chosen
        self._rows = chosen.rows
        self._at = at
        self._whole = whole

    def compose(self) -> ComposeResult:
        """The choices."""
        marked = plural(len(self._rows), "marked row")
        with Vertical() as frame:
            frame.border_title = f"copy {marked}" if self._chosen.are_marked else "copy"
            frame.border_subtitle = self._chosen.note
            yield Static(self._choices(min(_WIDTH, self.app.size.width) - _FRAME), markup=False)

    def on_mount(self) -> None:
        """Stand by the cell."""
        height = len(self._forms()) + _FRAME
        stand_beside(self.query_one(Vertical), self._at, _WIDTH, height)

    def _forms(self) -> list[Command]:
        # Without names for its row, an UPDATE would be about any rows that look the same.
        left_out = {"cancel"} if self._subject.identity else {"cancel", "copy('update')"}
        return [command for command in commands_of(self) if command.action not in left_out]

    def _choices(self, room: int) -> Text:
        """Key, name and the start of the text, a line each."""
        heads = [[_head(value) for value in row] for row in self._rows[:_MOST_PREVIEWED]]
        keys = [key_label(command.keys) for command in self._forms()]
        titles = [self._title(command) for command in self._forms()]
        widths = max(map(cell_len, keys)), max(map(len, titles))
        lines = Text(no_wrap=True, overflow="crop")
        for key, command, title in zip(keys, self._forms(), titles, strict=True):
            text = copied_text(_form(command), self._subject, heads)[: room * 2]
            rest = room - sum(widths) - _GAPS
            lines.append("\n" if lines else "")
            lines.append(f" {key}{' ' * (widths[0] - cell_len(key))} ", style="bold")
            lines.append(f"{title:<{widths[1]}}  ")
            lines.append(fit(text, max(1, rest)), style="dim")
        return lines

    def action_copy(self, form: str) -> None:
        """Copy in this form."""
        if form != "update" or self._subject.identity:
            self._copy(form)

    @work(exclusive=True)
    async def _copy(self, form: str) -> None:
        every = range(len(self._subject.columns))
        wanted = (self._subject.index,) if form == "cell" else every
        rows: list[list[Value]] = []
        try:
            for place in range(len(self._rows)):
                row = [await self._value(place, i) if i in wanted else None for i in every]
                rows.append(row)
        except StudioError as error:
            self.notify(f"nothing was copied: {error}", severity="error", markup=False)
        else:
            copy(self.app, copied_text(form, self._subject, rows))
        self.dismiss(None)

    async def _value(self, place: int, index: int) -> Value:
        """The whole of a value of which the page may hold the head: half a copy is a lie."""
        value = self._rows[place][index]
        if self._whole is not None and isinstance(value, Shortened):
            value = await self._whole(place, self._subject.columns[index].name, value)
        if isinstance(value, Shortened):
            name = self._subject.columns[index].name
            raise Unsupported(f"{name} is too long to be held whole, and has no key to be read by")
        return value

    def _title(self, command: Command) -> str:
        return (
            command.title
            if len(self._rows) == 1
            else _OF_SEVERAL.get(_form(command), command.title)
        )

    def action_cancel(self) -> None:
        """Copy nothing."""
        self.dismiss(None)


def _form(command: Command) -> str:
    return command.action.split("'")[1]


def _head(value: Value) -> Value:
    """Enough of a value to be known by."""
    value = value.head if isinstance(value, Shortened) else value
    return value[:_MOST_SHOWN] if isinstance(value, str | bytes) else value
