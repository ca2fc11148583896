"""Copy the cell or the row, in the form one key names."""

from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen
from textual.widgets import Static

from studio.model.catalog import Column, TableRef
from studio.model.errors import StudioError, Unsupported
from studio.model.page import Shortened, Value
from studio.ui.clipboard import copy
from studio.ui.commands import Command, bindings, key_label
from studio.ui.copy_text import as_insert, as_json, as_text, as_tsv

Whole = Callable[[str, Value], Awaitable[Value]]
"""A column's name and what the page holds of its value → the value itself."""


class CopyAs(ModalScreen[None]):
    """A line of choices."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("copy.cell", "the cell", "y,c,enter", "copy('cell')"),
        Command("copy.row", "the row, tab-separated", "r", "copy('row')"),
        Command("copy.header", "row with names", "h", "copy('header')"),
        Command("copy.json", "the row as JSON", "j", "copy('json')"),
        Command("copy.insert", "the row as INSERT", "i", "copy('insert')"),
        Command("copy.cancel", "never mind", "escape", "cancel"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)
    DEFAULT_CSS = """
    CopyAs { align: center bottom; background: transparent; }
    CopyAs Static { width: 100%; height: auto; background: $panel; padding: 0 1; }
    """

    def __init__(
        self,
        table: TableRef,
        columns: Sequence[Column],
        values: Sequence[Value],
        index: int,
        whole: Whole | None = None,
    ) -> None:
        super().__init__()
        self._table = table
        self._columns = columns
        self._values = values
        self._index = index
        self._whole = whole

    def compose(self) -> ComposeResult:
        """The choices."""
        line = Text("copy … ", style="dim")
        for command in self.COMMANDS_HERE:
            line.append_text(
                Text.assemble((key_label(command.keys), "bold"), f" {command.title}   ")
            )
        yield Static(line)

    def action_copy(self, form: str) -> None:
        """Copy in this form."""
        self._copy(form)

    @work(exclusive=True)
    async def _copy(self, form: str) -> None:
        every = range(len(self._values))
        wanted = (self._index,) if form == "cell" else every
        try:
            values = [await self._value(i) if i in wanted else None for i in every]
        except StudioError as error:
            self.notify(f"nothing was copied: {error}", severity="error", markup=False)
        else:
            copy(self.app, self._text(form, values))
        self.dismiss(None)

    async def _value(self, index: int) -> Value:
        """The whole of a value of which the page may hold the head: half a copy is a lie."""
        value = self._values[index]
        if self._whole is not None and isinstance(value, Shortened):
            value = await self._whole(self._columns[index].name, value)
        if isinstance(value, Shortened):
            name = self._columns[index].name
            raise Unsupported(f"{name} is too long to be held whole, and has no key to be read by")
        return value

    def _text(self, form: str, values: Sequence[Value]) -> str:
        match form:
            case "cell":
                return as_text(values[self._index])
            case "row":
                return as_tsv(values)
            case "header":
                names = as_tsv([column.name for column in self._columns])
                return f"{names}\n{as_tsv(values)}"
            case "json":
                return as_json(self._columns, values)
        return as_insert(self._table, self._columns, values)

    def action_cancel(self) -> None:
        """Copy nothing."""
        self.dismiss(None)
