"""The dialog that asks for the values of parameters: a line for each, all at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Input, Static

from studio.backends.halves.parameter_types import ParameterType
from studio.sqltext.secrets import names_secret
from studio.ui.keys.commands import Command, bindings
from studio.ui.widgets.dialog import Confirming
from studio.ui.widgets.labels import fit, plain

Read = Callable[[str, str], str | int | float | None]
_NAME_CELLS, _TYPE_CELLS = 20, 20


@dataclass(frozen=True, slots=True)
class Given:
    """What was typed for one parameter."""

    text: str = ""
    kind: str = ""
    """As the engine's half `running` reads it: `null`, `text`, or what it looks like."""


class _Field(Horizontal):
    """Name, type, value."""

    def __init__(self, name: str, shown: str, given: Given, read: Read) -> None:
        super().__init__()
        self.parameter = name
        self._shown = shown
        self._given = given
        self._read = read
        self.kind = given.kind
        self._type = ""

    def compose(self) -> ComposeResult:
        yield Static(fit(self._shown, _NAME_CELLS), markup=False)
        yield Static("", classes="type", markup=False)
        hides = names_secret(self.parameter)
        yield Input(self._given.text, password=hides, compact=True)

    def on_mount(self) -> None:
        self.tell()

    @property
    def field(self) -> Input:
        """Where the value is typed."""
        return self.query_one(Input)

    @property
    def given(self) -> Given:
        """What it says now."""
        return Given("" if self.kind == "null" else self.field.value, self.kind)

    def know(self, known: ParameterType) -> None:
        """Show what the engine takes it for."""
        self._type = known.name
        if known.choices and not self.field.value:
            self.field.placeholder = plain(" ".join(known.choices))
        self.tell()

    def tell(self) -> None:
        """The type, or what the value looks like."""
        if self.kind == "null":
            word = "NULL"
        elif self._type:
            word = self._type
        else:
            word = type_word(self._read, self.given)
        self.query_one(".type", Static).update(fit(word, _TYPE_CELLS))

    @on(Input.Changed)
    def _changed(self, message: Input.Changed) -> None:
        if message.value and self.kind == "null":
            self.kind = ""
        self.tell()


class AskValues(Confirming[Mapping[str, Given] | None]):
    """Enter takes them all; a value may be NULL, or a text that looks like a number."""

    CONFIRMS: ClassVar[frozenset[str]] = frozenset({"submit"})
    ENTER: ClassVar[str] = "go on"
    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("values.null", "NULL, or a value", "ctrl+n", "kind('null')", "NULL"),
        Command("values.text", "As text, or what it looks like", "ctrl+t", "kind('text')", "text"),
        Command("values.cancel", "Not now", "escape", "cancel", "not now"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE, priority=True)
    DEFAULT_CSS = """
    AskValues { align: center middle; }
    AskValues > Vertical {
        width: 78; max-width: 96%; height: auto; max-height: 80%;
        background: $surface; border: round $primary; padding: 0 1;
    }
    AskValues VerticalScroll { height: auto; max-height: 12; margin: 1 0; }
    AskValues _Field { height: 1; }
    AskValues _Field Static { width: auto; }
    AskValues .type { color: $dim; }
    AskValues Input { width: 1fr; }
    AskValues #wrong { color: $error; }
    AskValues #keys { color: $dim; }
    """

    def __init__(
        self, title: str, names: Mapping[str, str], known: Mapping[str, Given], read: Read
    ) -> None:
        """`names`: each with what is shown of it."""
        super().__init__()
        self._title = title
        self._fields = [
            _Field(name, shown, known.get(name, Given()), read) for name, shown in names.items()
        ]
        self._read = read

    def compose(self) -> ComposeResult:
        """A line each."""
        with Vertical():
            yield Static(plain(self._title), markup=False)
            with VerticalScroll(can_focus=False):
                yield from self._fields
            yield Static("", id="wrong", markup=False)
            yield Static(
                "enter go on   tab next   ctrl+n NULL   ctrl+t as text   esc not now",
                id="keys",
                markup=False,
            )

    def on_mount(self) -> None:
        """Where nothing is known yet."""
        empty = (f for f in self._fields if f.given == Given())
        next(empty, self._fields[0]).field.focus()

    def know(self, types: Mapping[str, ParameterType]) -> None:
        """The engine said what it takes them for."""
        for field in self._fields if self.is_mounted else ():
            if (known := types.get(field.parameter)) is not None:
                field.know(known)

    def action_kind(self, kind: str) -> None:
        """The other kind for the line that is typed in."""
        field = next((f for f in self._fields if f.field.has_focus), None)
        if field is not None:
            field.kind = "" if field.kind == kind else kind
            if field.kind == "null":
                field.field.value = ""
            field.tell()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        given = {field.parameter: field.given for field in self._fields}
        for field in self._fields:
            one = field.given
            try:
                self._read(one.text, one.kind)
            except ValueError as error:
                self.query_one("#wrong", Static).update(plain(f"{field.parameter}: {error}"))
                field.field.focus()
                return
        self.dismiss(given)

    def action_cancel(self) -> None:
        """Close without values."""
        self.dismiss(None)


def type_word(read: Read, given: Given) -> str:
    """What a value is sent as, where the engine infers nothing; empty where it does."""
    if given.kind:
        return given.kind
    looks = isinstance(read("1", ""), int)
    if not looks:
        return ""
    try:
        value = read(given.text, "")
    except ValueError:
        return ""
    return {int: "integer", float: "real"}.get(type(value), "text")
