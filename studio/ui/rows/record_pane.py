"""The record beside the rows, with what can be done to its values: the same as in the rows."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message

from studio.ui.keys.commands import Command, bindings
from studio.ui.rows.record_view import RecordView


class RecordPane(Vertical):
    """Asks the rows to do it, at the column that is set off here."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("record.value", "The whole value", "enter", "value", "value"),
        Command("record.edit", "Edit this value", "e", "edit", "edit"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)
    DEFAULT_CSS = """
    RecordPane { width: 40%; border-left: tall $panel; }
    """

    class Asked(Message):
        """A value should be shown whole, or edited."""

        def __init__(self, column: int, *, is_edit: bool) -> None:
            super().__init__()
            self.column = column
            self.is_edit = is_edit

    def __init__(self, may_edit: Callable[[], bool]) -> None:
        super().__init__()
        self._may_edit = may_edit

    def compose(self) -> ComposeResult:
        """The record alone."""
        yield RecordView()

    def has_effect(self, action: str) -> bool:
        """What the rows cannot, their record cannot."""
        return action != "edit" or self._may_edit()

    def action_value(self) -> None:
        """Ask for the value set off, whole."""
        self._ask(is_edit=False)

    def action_edit(self) -> None:
        """Ask for its editor."""
        self._ask(is_edit=True)

    def _ask(self, *, is_edit: bool) -> None:
        selected = self.query_one(RecordView).selected
        self.post_message(self.Asked(selected, is_edit=is_edit))
