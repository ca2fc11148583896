"""Copy the cell or the row, in the form one key names."""

from collections.abc import Awaitable, Callable, Sequence
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

from studio.backends.base import Backend
from studio.export.one_row import (
    as_csv,
    as_insert,
    as_json,
    as_markdown,
    as_python,
    as_update,
    as_where,
)
from studio.export.text import as_text, tsv_line
from studio.model.catalog import Column, TableRef
from studio.model.errors import StudioError, Unsupported
from studio.model.page import Shortened, Value
from studio.ui.keys.commands import Command, bindings, commands_of, key_label
from studio.ui.terminal.clipboard import copy
from studio.ui.widgets.beside import stand_beside
from studio.ui.widgets.dialog import Dialog
from studio.ui.widgets.labels import fit

Whole = Callable[[str, Value], Awaitable[Value]]
"""A column's name and what the page holds of its value → the value itself."""

_WIDTH = 64
_FRAME = 2
_GAPS = 4
"""Blanks before and after a key, and two after a name."""
_MOST_SHOWN = 4096
"""Characters of a value that its preview is made of."""


@dataclass(frozen=True, slots=True)
class CopiedCells:
    """The row, and which of its cells."""

    backend: Backend
    table: TableRef
    columns: Sequence[Column]
    values: Sequence[Value]
    index: int
    identity: tuple[str, ...] = ()
    """The columns that name the row."""


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

    def __init__(self, subject: CopiedCells, at: Offset, whole: Whole | None = None) -> None:
        """`at`: the cell's place on the screen."""
        super().__init__()
        self._subject = subject
        self._at = at
        self._whole = whole

    def compose(self) -> ComposeResult:
        """The choices."""
        with Vertical() as frame:
            frame.border_title = "copy"
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
        heads = [_head(value) for value in self._subject.values]
        keys = [key_label(command.keys) for command in self._forms()]
        widths = max(map(cell_len, keys)), max(len(c.title) for c in self._forms())
        lines = Text(no_wrap=True, overflow="crop")
        for key, command in zip(keys, self._forms(), strict=True):
            form = command.action.split("'")[1]
            text = self._text(form, heads)[: room * 2]
            rest = room - sum(widths) - _GAPS
            lines.append("\n" if lines else "")
            lines.append(f" {key}{' ' * (widths[0] - cell_len(key))} ", style="bold")
            lines.append(f"{command.title:<{widths[1]}}  ")
            lines.append(fit(text, max(1, rest)), style="dim")
        return lines

    def action_copy(self, form: str) -> None:
        """Copy in this form."""
        if form != "update" or self._subject.identity:
            self._copy(form)

    @work(exclusive=True)
    async def _copy(self, form: str) -> None:
        every = range(len(self._subject.values))
        wanted = (self._subject.index,) if form == "cell" else every
        try:
            values = [await self._value(i) if i in wanted else None for i in every]
        except StudioError as error:
            self.notify(f"nothing was copied: {error}", severity="error", markup=False)
        else:
            copy(self.app, self._text(form, values))
        self.dismiss(None)

    async def _value(self, index: int) -> Value:
        """The whole of a value of which the page may hold the head: half a copy is a lie."""
        value = self._subject.values[index]
        if self._whole is not None and isinstance(value, Shortened):
            value = await self._whole(self._subject.columns[index].name, value)
        if isinstance(value, Shortened):
            name = self._subject.columns[index].name
            raise Unsupported(f"{name} is too long to be held whole, and has no key to be read by")
        return value

    def _text(self, form: str, values: Sequence[Value]) -> str:
        match form:
            case "cell":
                return as_text(values[self._subject.index])
            case "row":
                return tsv_line(values)
            case "header":
                names = tsv_line([column.name for column in self._subject.columns])
                return f"{names}\n{tsv_line(values)}"
            case "json":
                return as_json(self._subject.backend, self._subject.columns, values)
        return self._written(form, values)

    def _written(self, form: str, values: Sequence[Value]) -> str:
        of = self._subject
        match form:
            case "csv":
                return as_csv(of.columns, values)
            case "markdown":
                return as_markdown(of.backend, of.columns, values)
            case "python":
                return as_python(of.columns, values)
            case "update":
                return as_update(of.backend, of.table, of.columns, of.identity, values)
            case "where":
                return as_where(of.backend, of.columns, of.identity, values)
        return as_insert(of.backend, of.table, of.columns, values)

    def action_cancel(self) -> None:
        """Copy nothing."""
        self.dismiss(None)


def _head(value: Value) -> Value:
    """Enough of a value to be known by."""
    value = value.head if isinstance(value, Shortened) else value
    return value[:_MOST_SHOWN] if isinstance(value, str | bytes) else value
