"""What every editor of a cell is: a small frame over the cell, which gives a value or nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.geometry import Offset
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static, TextArea

from studio.backends.base import Backend
from studio.edits import values
from studio.model.catalog import Column, ColumnKind, Table
from studio.model.change import Assigned, Default
from studio.model.page import Shortened
from studio.ui.commands import Command, bindings, key_label
from studio.ui.editors.field import Field
from studio.ui.labels import plain, plain_lines

_LEAST_WIDTH = 56
_CHECKED_AT_ONCE = 50_000
"""Longer texts are checked when they are entered, not at every key."""


@dataclass(frozen=True, slots=True)
class Subject:
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


class CellEditor(ModalScreen[Entered | None]):
    """A field, the type's rule, and what is wrong with what was typed. Subclasses add keys."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("cell.accept", "Stage this value", "enter", "accept", "stage"),
        Command("cell.null", "NULL", "ctrl+n", "null", "NULL"),
        Command("cell.default", "The column's DEFAULT", "ctrl+t", "default", "DEFAULT"),
        Command("cell.cancel", "Never mind", "escape", "cancel", "back"),
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

    def __init__(self, subject: Subject) -> None:
        super().__init__()
        self.subject = subject
        self._initial = text_of(subject.value)
        self._is_touched = False

    # -- the frame -------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """The field, its rule, the problem."""
        with Vertical() as frame:
            frame.border_title = self.subject.title
            frame.border_subtitle = self._keys()
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
        least = max(_LEAST_WIDTH, len(self._keys()) + 4)
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

    def _keys(self) -> str:
        shown = (c for c in self.COMMANDS_HERE if c.hint)
        return "  ".join(f"{key_label(c.keys).replace('ctrl+', '^')} {c.hint}" for c in shown)

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
        elif (made := self.check()) is not None:
            self.dismiss(self.entered(made))

    def entered(self, made: values.Typed) -> Entered:
        """The answer for a value that fits."""
        return Entered({self.subject.column.name: made.value}, made.note)

    def action_null(self) -> None:
        """Stage NULL."""
        try:
            values.null(self.subject.column)
        except ValueError as error:
            self.complain(str(error))
        else:
            self.dismiss(Entered({self.subject.column.name: None}))

    def action_default(self) -> None:
        """Stage what the database puts there by itself."""
        try:
            made = values.default(self.subject.column)
        except ValueError as error:
            self.complain(str(error))
        else:
            self.dismiss(Entered({self.subject.column.name: made}))

    def action_cancel(self) -> None:
        """Change nothing."""
        self.dismiss(None)


def stand_over(frame: Widget, cell: Offset, width: int) -> None:
    """Put a frame below the cell, or above it, and inside the screen."""
    room = frame.app.size
    width = min(room.width, width)
    frame.styles.width = width
    x = max(0, min(cell.x, room.width - width))
    frame.styles.offset = (x, cell.y + 1)

    def settle() -> None:
        height = frame.outer_size.height
        below = cell.y + 1
        y = below if below + height <= room.height else max(0, cell.y - height)
        frame.styles.offset = (x, min(y, max(0, room.height - height)))

    frame.call_after_refresh(settle)


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
