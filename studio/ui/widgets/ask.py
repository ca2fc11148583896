"""Small questions: yes or no, and a secret."""

from collections.abc import Mapping
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from studio.ui.keys.commands import Command, bindings
from studio.ui.widgets.dialog import Confirming
from studio.ui.widgets.labels import plain_lines

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


class Ask(Confirming[bool]):
    """A question with two answers."""

    CONFIRMS: ClassVar[frozenset[str]] = frozenset({"answer"})
    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("ask.yes", "Yes", "y", "answer(True)", "yes"),
        Command("ask.no", "No", "n,escape", "answer(False)", "no"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)
    DEFAULT_CSS = _BOX.format(name="Ask")

    def __init__(self, question: str, *, yes: str = "yes", no: str = "stay") -> None:
        super().__init__()
        self._question = question
        self._words = {"yes": yes, "no": no}
        self._keys = f"y {yes}   n, esc {no}"

    @property
    def hint_words(self) -> Mapping[str, str]:
        """What the answers mean here."""
        return self._words

    def compose(self) -> ComposeResult:
        """The question and its keys."""
        with Vertical():
            yield Static(plain_lines(self._question), markup=False)
            yield Static(self._keys, id="keys", markup=False)

    def action_answer(self, answer: bool) -> None:
        """Close with the answer."""
        self.dismiss(answer)


class AskText(Confirming[str | None]):
    """A question answered by a line of text."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("ask.cancel", "Never mind", "escape", "cancel", "back"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)
    ENTER: ClassVar[str] = "go on"
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
            yield Static("enter go on   esc back", id="keys", markup=False)

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        self.dismiss(message.value)

    def action_cancel(self) -> None:
        """Close without an answer."""
        self.dismiss(None)


class AskName(AskText):
    """The name of what is about to be changed, typed by who means it."""

    CONFIRMS: ClassVar[frozenset[str]] = frozenset({"submit"})
    DEFAULT_CSS = _BOX.format(name="AskName")


class AskSecret(AskText):
    """The same, with what is typed hidden. The answer is kept nowhere."""

    HIDDEN = True
    DEFAULT_CSS = _BOX.format(name="AskSecret")
