"""Small questions: yes or no, and a secret."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from studio.ui.commands import Command, bindings
from studio.ui.labels import plain_lines

_BOX = """
    {name} {{ align: center middle; }}
    {name} > Vertical {{
        width: auto; max-width: 80%; height: auto; max-height: 80%;
        background: $surface; border: round $primary; padding: 1 2;
    }}
    {name} Static {{ width: auto; max-width: 100%; }}
    {name} #keys {{ color: $dim; margin-top: 1; }}
    {name} Input {{ margin-top: 1; width: 50; }}
"""


class Ask(ModalScreen[bool]):
    """A question with two answers."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("ask.yes", "Yes", "y", "answer(True)"),
        Command("ask.no", "No", "n,escape", "answer(False)"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)
    DEFAULT_CSS = _BOX.format(name="Ask")

    def __init__(self, question: str, *, yes: str = "yes", no: str = "stay") -> None:
        super().__init__()
        self._question = question
        self._keys = f"y {yes}   n {no}"

    def compose(self) -> ComposeResult:
        """The question and its keys."""
        with Vertical():
            yield Static(plain_lines(self._question), markup=False)
            yield Static(self._keys, id="keys", markup=False)

    def action_answer(self, answer: bool) -> None:
        """Close with the answer."""
        self.dismiss(answer)


class AskText(ModalScreen[str | None]):
    """A question answered by a line of text."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("ask.cancel", "Never mind", "escape", "cancel"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)
    DEFAULT_CSS = _BOX.format(name="AskText")
    HIDDEN: ClassVar[bool] = False

    def __init__(self, question: str, value: str = "", placeholder: str = "") -> None:
        super().__init__()
        self._question = question
        self._value = value
        self._placeholder = placeholder

    def compose(self) -> ComposeResult:
        """The question above the line."""
        with Vertical():
            yield Static(plain_lines(self._question), markup=False)
            yield Input(self._value, placeholder=self._placeholder, password=self.HIDDEN)
            yield Static("enter goes on   esc never mind", id="keys", markup=False)

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        self.dismiss(message.value)

    def action_cancel(self) -> None:
        """Close without an answer."""
        self.dismiss(None)


class AskSecret(AskText):
    """The same, with what is typed hidden. The answer is kept nowhere."""

    HIDDEN = True
    DEFAULT_CSS = _BOX.format(name="AskSecret")
