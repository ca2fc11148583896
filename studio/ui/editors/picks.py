"""Editors that are lists: booleans, enums, and the values a CHECK allows."""

from typing import ClassVar

from rich.text import Text
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets.option_list import Option

from studio.edits import values
from studio.model.catalog import ColumnKind
from studio.model.change import Default
from studio.ui.commands import Command, bindings
from studio.ui.editors.base import Entered, Subject, stand_over, text_of
from studio.ui.labels import plain
from studio.ui.screens.pick import Pick

_KEYS = "enter stage  ^n NULL  ^t DEFAULT  esc back"
_TRUTH = ("true", "false")


class ValuePick(Pick[Entered]):
    """A list over the cell; NULL and DEFAULT have the keys they have in every editor."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("cell.next", "Next line", "down", "move(1)"),
        Command("cell.previous", "Previous line", "up", "move(-1)"),
        Command("cell.null", "NULL", "ctrl+n", "null", "NULL"),
        Command("cell.default", "The column's DEFAULT", "ctrl+t", "default", "DEFAULT"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE, priority=True)
    WIDTH: ClassVar[int] = len(_KEYS) + 6
    DEFAULT_CSS = """
    ValuePick { align: left top; }
    ValuePick > Vertical { margin-top: 0; border-title-color: $primary; }
    ValuePick > Vertical { border-subtitle-color: $dim; }
    ValuePick OptionList { max-height: 12; }
    """

    def __init__(self, subject: Subject) -> None:
        super().__init__()
        self.subject = subject

    def on_mount(self) -> None:
        """Name the cell."""
        super().on_mount()
        frame = self.query_one(Vertical)
        frame.border_title = self.subject.title
        frame.border_subtitle = _KEYS
        stand_over(frame, self.subject.at, self.WIDTH)

    def action_null(self) -> None:
        """Stage NULL."""
        try:
            values.null(self.subject.column)
        except ValueError as error:
            self.notify(str(error), severity="warning", markup=False)
        else:
            self.dismiss(Entered({self.subject.column.name: None}))

    def action_default(self) -> None:
        """Stage what the database puts there by itself."""
        try:
            made = values.default(self.subject.column)
        except ValueError as error:
            self.notify(str(error), severity="warning", markup=False)
        else:
            self.dismiss(Entered({self.subject.column.name: made}))

    def stage_text(self, text: str) -> Entered | None:
        """What `text` means for the column; None, with the rule on the screen, when nothing."""
        subject = self.subject
        like = None if isinstance(subject.value, Default) else subject.value
        try:
            made = values.typed(subject.backend, subject.column, text, like)
        except ValueError as error:
            self.notify(str(error), severity="warning", markup=False)
            return None
        return Entered({subject.column.name: made.value}, made.note)


class ChoiceEditor(ValuePick):
    """One of a few values."""

    def __init__(self, subject: Subject) -> None:
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


def _choice_now(subject: Subject) -> str:
    text = text_of(subject.value) if not isinstance(subject.value, bytes) else ""
    if subject.column.kind is ColumnKind.BOOLEAN and not subject.column.choices:
        return {"t": "true", "1": "true", "f": "false", "0": "false"}.get(text.lower(), text)
    return text if subject.value is not None else "\0"
