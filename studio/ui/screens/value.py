"""One whole value, over everything else."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from studio.model.catalog import Column
from studio.model.page import Value
from studio.ui.clipboard import copy
from studio.ui.commands import Command, bindings
from studio.ui.copy_text import as_text
from studio.ui.widgets.value_view import ValueView


class ValueScreen(ModalScreen[None]):
    """Text wrapped, JSON pretty, bytes as hex."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("value.close", "Back to the rows", "escape,q,enter", "close"),
        Command("value.copy", "Copy it", "y", "copy"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)
    DEFAULT_CSS = """
    ValueScreen { align: center middle; }
    ValueScreen > Vertical {
        width: 90%; height: 85%; background: $surface; border: round $primary;
        border-title-color: $primary; border-subtitle-color: $dim;
    }
    """

    def __init__(self, column: Column, value: Value) -> None:
        super().__init__()
        self._column = column
        self._value = value

    def compose(self) -> ComposeResult:
        """The value in a frame that names its column."""
        with Vertical() as frame:
            frame.border_subtitle = "y copy   esc close"
            yield ValueView()

    def on_mount(self) -> None:
        """Show it."""
        view = self.query_one(ValueView)
        view.show(self._column, self._value)
        view.focus()

    def action_close(self) -> None:
        """Back to the rows."""
        self.dismiss(None)

    def action_copy(self) -> None:
        """Copy the whole value."""
        copy(self.app, as_text(self._value))
