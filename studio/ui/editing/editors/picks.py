"""Editors that are lists: booleans, enums, and the values a CHECK allows."""

from typing import ClassVar

from rich.text import Text
from textual import on
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static
from textual.widgets.option_list import Option

from studio.edits.staging import values
from studio.model.catalog import ColumnKind
from studio.model.change import Default
from studio.ui.editing.editors.base import EditedCell, Entered, enter, keys_that_fit, text_of
from studio.ui.keys.commands import Command, bindings
from studio.ui.keys.help import Help
from studio.ui.widgets.beside import stand_over
from studio.ui.widgets.labels import plain, plain_lines
from studio.ui.widgets.pick import Pick

_TRUTH = ("true", "false")


class ValuePick(Pick[Entered]):
    """A list over the cell; NULL and DEFAULT have the keys they have in every editor."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("cell.next", "Next line", "down", "move(1)"),
        Command("cell.previous", "Previous line", "up", "move(-1)"),
        Command("cell.null", "NULL", "ctrl+n", "null", "NULL"),
        Command("cell.default", "The column's DEFAULT", "ctrl+t", "default", "DEFAULT"),
        Command("cell.help", "Keys of this place", "f1", "help", "?"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE, priority=True)
    WIDTH: ClassVar[int] = 54
    DEFAULT_CSS = """
    ValuePick { align: left top; }
    ValuePick > Vertical { margin-top: 0; border-title-color: $primary; }
    ValuePick > Vertical { border-subtitle-color: $dim; }
    ValuePick OptionList { max-height: 12; }
    ValuePick #problem { color: $error; padding: 0 1; height: auto; display: none; }
    ValuePick #problem.-shown { display: block; }
    """

    def __init__(self, subject: EditedCell) -> None:
        super().__init__()
        self.subject = subject

    def on_mount(self) -> None:
        """Name the cell."""
        super().on_mount()
        frame = self.query_one(Vertical)
        frame.border_title = self.subject.title
        frame.border_subtitle = f"enter stage  esc back  {keys_that_fit(self)}"
        frame.mount(Static(id="problem", markup=False), after=self.query_one(Input))
        stand_over(frame, self.subject.at, self.WIDTH)

    def action_null(self) -> None:
        """Close with NULL for the cell; a column that takes none says so."""
        enter(self, values.null)

    def action_default(self) -> None:
        """Stage what the database puts there by itself."""
        enter(self, values.default)

    def stage_text(self, text: str) -> Entered | None:
        """What `text` means for the column; None, with the rule on the screen, when nothing."""
        subject = self.subject
        like = None if isinstance(subject.value, Default) else subject.value
        try:
            made = values.typed(subject.backend, subject.column, text, like)
        except ValueError as error:
            self.complain(str(error))
            return None
        return Entered({subject.column.name: made.value}, made.note)

    def complain(self, problem: str) -> None:
        """Say beside the field what is wrong, or nothing."""
        said = self.query_one("#problem", Static)
        said.update(plain_lines(problem))
        said.set_class(bool(problem), "-shown")

    @on(Input.Changed)
    def _typed_on(self) -> None:
        self.complain("")

    def action_help(self) -> None:
        """Every key that works here."""
        self.app.push_screen(Help(self))


class ChoiceEditor(ValuePick):
    """One of a few values."""

    def __init__(self, subject: EditedCell) -> None:
        super().__init__(subject)
        column = subject.column
        self._choices = column.choices or _TRUTH
        self._shown: list[str] = []
        self._now = _choice_now(subject)

    def offer(self, typed: str) -> list[Option]:
        """The values that hold what was typed; the one that is there now says so."""
        needle = typed.casefold()
        self._shown = [choice for choice in self._choices if needle in choice.casefold()]
        if not typed and self._now in self._shown:
            # First, so that enter alone changes nothing.
            self._shown.remove(self._now)
            self._shown.insert(0, self._now)
        return [Option(self._line(choice)) for choice in self._shown]

    def typed(self, text: str) -> Entered | None:
        """What is none of the choices, read as the column would; why not, where it cannot be."""
        return self.stage_text(text) if text and not self._shown else None

    def _line(self, choice: str) -> Text:
        line = Text(plain(choice) or "''", no_wrap=True)
        if choice == self._now:
            line.append("   now", style="dim")
        return line

    def value(self, index: int) -> Entered | None:
        """The choice on line `index`."""
        choice = self._shown[index]
        if choice == self._now and self.subject.rows == 1:
            return None
        return self.stage_text(choice)


def _choice_now(subject: EditedCell) -> str:
    text = text_of(subject.value) if not isinstance(subject.value, bytes) else ""
    if subject.column.kind is ColumnKind.BOOLEAN and not subject.column.choices:
        return {"t": "true", "1": "true", "f": "false", "0": "false"}.get(text.lower(), text)
    return text if subject.value is not None else "\0"
