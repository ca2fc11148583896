"""What every editor of a cell is: a small frame over the cell, which gives a value or nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.geometry import Offset
from textual.widgets import Static, TextArea

from studio.backends.base import Backend
from studio.edits.staging import values
from studio.model.catalog import Column, ColumnKind, Table
from studio.model.change import Assigned, Default
from studio.model.page import Shortened
from studio.ui.editing.editors.field import Field
from studio.ui.keys.commands import Command, bindings, commands_of, key_label
from studio.ui.keys.help import Help
from studio.ui.widgets.beside import stand_over
from studio.ui.widgets.dialog import Dialog
from studio.ui.widgets.key_line import key_line
from studio.ui.widgets.labels import plain, plain_lines

_LEAST_WIDTH = 56
_FIRST = ("accept", "cancel", "help")
_EDGES = 6
"""Cells of a frame that its line of keys cannot have."""
_CHECKED_AT_ONCE = 50_000
"""Longer texts are checked when they are entered, not at every key."""


@dataclass(frozen=True, slots=True)
class EditedCell:
    """The cell that is edited, or the column of several rows."""

    backend: Backend
    table: Table
    column: Column
    value: Assigned
    """Whole, as it would be with what is staged."""
    rows: int = 1
    at: Offset = field(default_factory=Offset)
    """The cell's place on the screen."""
    row: Mapping[str, Assigned] = field(default_factory=dict)
    """The rest of the row, for references of several columns."""

    @property
    def title(self) -> str:
        """`kind · text`, and how many rows it is for."""
        rows = f" of {self.rows:,} marked rows" if self.rows > 1 else ""
        type_name = f" · {plain(self.column.type_name)}" if self.column.type_name else ""
        return f"{plain(self.column.name)}{rows}{type_name}"


@dataclass(frozen=True, slots=True)
class Entered:
    """What a person wants there."""

    after: Mapping[str, Assigned]
    note: str = ""
    """What they should know about it."""


class OpenEditor(Protocol):
    """Any editor of a cell."""

    subject: EditedCell

    def complain(self, problem: str) -> None:
        """Say what is wrong."""

    def dismiss(self, result: Entered | None = None, /) -> object:
        """Close with the answer."""


def enter(editor: OpenEditor, made: Callable[[Column], Assigned]) -> None:
    """Close `editor` with what `made` gives for its column; its ValueError is said instead."""
    column = editor.subject.column
    try:
        value = made(column)
    except ValueError as error:
        editor.complain(str(error))
    else:
        editor.dismiss(Entered({column.name: value}))


class CellEditor(Dialog[Entered | None]):
    """A field, the type's rule, and what is wrong with what was typed. Subclasses add keys."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("cell.accept", "Stage this value", "enter", "accept", "stage"),
        Command("cell.null", "NULL", "ctrl+n", "null", "NULL"),
        Command("cell.default", "The column's DEFAULT", "ctrl+t", "default", "DEFAULT"),
        Command("cell.cancel", "Never mind", "escape", "cancel", "back"),
        Command("cell.help", "Keys of this place", "f1", "help", "?"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE, priority=True)
    DEFAULT_CSS = """
    CellEditor > Vertical {
        width: auto; height: auto; max-height: 90%;
        background: $surface; border: round $primary; border-title-color: $primary;
        border-subtitle-color: $dim;
    }
    CellEditor #rule { color: $dim; padding: 0 1; }
    CellEditor #problem { color: $error; padding: 0 1; display: none; }
    CellEditor #problem.-shown { display: block; }
    """

    def __init__(self, subject: EditedCell) -> None:
        super().__init__()
        self.subject = subject
        self._initial = text_of(subject.value)
        self._is_touched = False
        self._doubted = ""
        """A text that was asked about: entered again, it is meant."""

    # -- the frame -------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """The field, its rule, the problem."""
        with Vertical() as frame:
            frame.border_title = self.subject.title
            frame.border_subtitle = keys_that_fit(self)
            yield Field(self.field_text(), placeholder=self._placeholder())
            yield Static(plain_lines(self.rule()), id="rule", markup=False)
            yield Static(id="problem", markup=False)

    def on_mount(self) -> None:
        """Stand over the cell, and inside the screen."""
        stand_over(self.query_one(Vertical), self.subject.at, self.width())
        self.field.focus()
        self._say_note()

    def width(self) -> int:
        """Cells for the frame."""
        longest = max((len(line) for line in self._initial[:4096].splitlines()), default=0)
        least = max(_LEAST_WIDTH, len(keys_that_fit(self)) + _EDGES)
        return max(least, min(longest + 5, self.app.size.width * 4 // 5))

    def field_text(self) -> str:
        """What the field begins with."""
        return self._initial

    @property
    def field(self) -> Field:
        """Where one types."""
        return self.query_one(Field)

    def rule(self) -> str:
        """What the type takes; nothing where that is any text."""
        column = self.subject.column
        if column.kind is ColumnKind.TEXT and not column.choices:
            return ""
        return values.rule(column)

    def _placeholder(self) -> str:
        if isinstance(self.subject.value, Default):
            return "default"
        return "∅" if self.subject.value is None else "''"

    # -- the value -------------------------------------------------------------------------------

    def read(self, text: str) -> values.Typed:
        """`text` as a value for the column. Raises ValueError with the rule."""
        subject = self.subject
        like = None if isinstance(subject.value, Default) else subject.value
        return values.typed(subject.backend, subject.column, text, like)

    @on(TextArea.Changed)
    def _changed(self) -> None:
        if self.field.read_only:
            return
        self._is_touched = self._is_touched or self.field.text != self._initial
        if len(self.field.text) <= _CHECKED_AT_ONCE and self._is_touched:
            self.check()

    def check(self) -> values.Typed | None:
        """The value typed so far; None, with the reason on the screen, where it is none."""
        try:
            made = self.read(self.field.text)
        except ValueError as error:
            self.complain(str(error))
            return None
        self.complain("")
        self._say_note(made)
        return made

    def complain(self, problem: str) -> None:
        """Say what is wrong, or nothing."""
        said = self.query_one("#problem", Static)
        said.update(plain_lines(problem))
        said.set_class(bool(problem), "-shown")

    def _say_note(self, made: values.Typed | None = None) -> None:
        column, value = self.subject.column, self.subject.value
        note = made.note if made is not None else ""
        if column.kind is ColumnKind.ANY and not note:
            now = made.value if made is not None else value
            note = "" if isinstance(now, Default) else f"stored as {values.storage_class(now)}"
        self.query_one("#rule", Static).update(
            plain_lines(" · ".join(part for part in (self.rule(), note) if part))
        )

    def put(self, text: str) -> None:
        """Type `text` in place of what is there."""
        self.field.text = text
        self.field.move_cursor(self.field.document.end)

    # -- answering -------------------------------------------------------------------------------

    def action_accept(self) -> None:
        """Stage what was typed; nothing typed changes nothing."""
        # Enter overtakes the message that says what was typed just before it.
        is_touched = self._is_touched or self.field.text != self._initial
        if self.field.read_only or (not is_touched and self.subject.rows == 1):
            # A field that cannot be typed in may hold only the head of the value.
            self.dismiss(None)
        elif (made := self.check()) is not None and not self._is_doubtful(made):
            self.dismiss(self.entered(made))

    def _is_doubtful(self, made: values.Typed) -> bool:
        """Whether to ask first: the database would keep it, and it is not what the rule says."""
        text, subject = self.field.text, self.subject
        doubt = values.doubt(subject.backend, subject.column, made.value)
        if not doubt or self._doubted == text:
            return False
        self._doubted = text
        self.complain(f"{doubt}: enter again stages it as it is")
        return True

    def action_help(self) -> None:
        """Every key that works here."""
        self.app.push_screen(Help(self))

    def entered(self, made: values.Typed) -> Entered:
        """The answer for a value that fits."""
        return Entered({self.subject.column.name: made.value}, made.note)

    def action_null(self) -> None:
        """Close with NULL for the cell; a column that takes none complains."""
        enter(self, values.null)

    def action_default(self) -> None:
        """Stage what the database puts there by itself."""
        enter(self, values.default)

    def action_cancel(self) -> None:
        """Change nothing."""
        self.dismiss(None)


def keys_that_fit(editor: Dialog[Entered | None]) -> str:
    """The keys of an editor on the lower edge of its frame: how to end it first, none cut."""
    shown = [command for command in commands_of(editor) if command.hint]
    shown.sort(key=lambda one: _FIRST.index(one.action) if one.action in _FIRST else len(_FIRST))
    keys = [(key_label(one.keys).replace("ctrl+", "^"), one.hint) for one in shown]
    return key_line(keys, editor.app.size.width - _EDGES, gap="  ").plain


def text_of(value: Assigned) -> str:
    """A value as a person would type it."""
    match value:
        case None | Default():
            return ""
        case bytes():
            return f"x'{value.hex()}'"
        case Shortened():
            raise TypeError("a shortened value is fetched whole before it is edited")
        case _:
            return str(value)
