"""A line to type in above a list that narrows: the shape of every picker."""

from typing import ClassVar, Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from studio.ui.commands import Command, bindings

T = TypeVar("T")


class Pick(ModalScreen[T | None], Generic[T]):
    """Type to narrow, enter to take. What is offered, and what a line means, says the subclass."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("pick.down", "Next line", "down,ctrl+n", "move(1)"),
        Command("pick.up", "Previous line", "up,ctrl+p", "move(-1)"),
        Command("pick.page-down", "Page down", "pagedown", "move(10)"),
        Command("pick.page-up", "Page up", "pageup", "move(-10)"),
        Command("pick.cancel", "Never mind", "escape", "cancel"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE, priority=True)
    PLACEHOLDER: ClassVar[str] = "type to narrow"
    DEFAULT_CSS = """
    Pick { align: center top; }
    Pick > Vertical {
        width: 80; max-width: 96%; height: auto; max-height: 80%; margin-top: 2;
        background: $surface; border: round $primary;
    }
    Pick OptionList {
        height: auto; max-height: 22; border: none; background: $surface; padding: 0;
        scrollbar-size-vertical: 1;
    }
    Pick OptionList:focus { border: none; }
    """

    def compose(self) -> ComposeResult:
        """The line and the list."""
        with Vertical():
            yield Input(placeholder=self.PLACEHOLDER)
            lines = OptionList(markup=False)
            lines.can_focus = False
            yield lines

    def on_mount(self) -> None:
        """Offer everything at first."""
        self._narrow("")

    def offer(self, typed: str) -> list[Option]:
        """The lines for what was typed, best first."""
        raise NotImplementedError

    def value(self, index: int) -> T | None:
        """What line `index` of the last offer stands for."""
        raise NotImplementedError

    def typed(self, text: str) -> T | None:
        """What the typed text itself stands for when no line is taken; None: nothing."""
        del text
        return None

    def _narrow(self, text: str) -> None:
        self.show_options(self.offer(text))

    def show_options(self, options: list[Option]) -> None:
        """Show these lines instead, the first one highlighted."""
        lines = self.query_one(OptionList)
        lines.clear_options()
        lines.add_options(options)
        if lines.option_count:
            lines.highlighted = 0

    @on(Input.Changed)
    def _changed(self, message: Input.Changed) -> None:
        self._narrow(message.value)

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        lines = self.query_one(OptionList)
        if (own := self.typed(message.value)) is not None:
            self.dismiss(own)
        elif lines.highlighted is not None:
            self.dismiss(self.value(lines.highlighted))

    @on(OptionList.OptionSelected)
    def _clicked(self, message: OptionList.OptionSelected) -> None:
        self.dismiss(self.value(message.option_index))

    def action_move(self, by: int) -> None:
        """Move the highlight."""
        lines = self.query_one(OptionList)
        if lines.option_count:
            here = lines.highlighted or 0
            lines.highlighted = max(0, min(lines.option_count - 1, here + by))

    def action_cancel(self) -> None:
        """Close without a choice."""
        self.dismiss(None)
