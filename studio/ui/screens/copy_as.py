"""Copy the cell or the row, in the form one key names."""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen
from textual.widgets import Static

from studio.model.catalog import Column, TableRef
from studio.model.page import Value
from studio.ui.clipboard import copy
from studio.ui.commands import Command, bindings, key_label
from studio.ui.copy_text import as_insert, as_json, as_text, as_tsv


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
        self, table: TableRef, columns: Sequence[Column], values: Sequence[Value], index: int
    ) -> None:
        super().__init__()
        self._table = table
        self._columns = columns
        self._values = values
        self._index = index

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
        match form:
            case "cell":
                text = as_text(self._values[self._index])
            case "row":
                text = as_tsv(self._values)
            case "header":
                names = as_tsv([column.name for column in self._columns])
                text = f"{names}\n{as_tsv(self._values)}"
            case "json":
                text = as_json(self._columns, self._values)
            case _:
                text = as_insert(self._table, self._columns, self._values)
        copy(self.app, text)
        self.dismiss(None)

    def action_cancel(self) -> None:
        """Copy nothing."""
        self.dismiss(None)
