"""Editors for what is typed as text: lines of it, JSON, and the engine's own literals."""

import json
import re
import tempfile
from pathlib import Path
from typing import ClassVar
from uuid import uuid4

from textual import work
from textual.binding import BindingType

from studio.edits.staging import values
from studio.model.catalog import ColumnKind
from studio.ui.editing.editors.base import CellEditor, EditedCell
from studio.ui.keys.commands import Command, bindings
from studio.ui.terminal.external_editor import NoEditor, edit

MOST_TYPED = 100_000
"""Characters that can be typed in; longer texts are edited in $EDITOR."""
_HEAD = 2000
_CLASSES = (("text", ""), ("integer", 0), ("real", 0.0))
"""What SQLite stores in a column without a type of its own, with a value of each."""


class TextEditor(CellEditor):
    """Lines of text: enter stages them, a new line has its own key."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        *CellEditor.COMMANDS_HERE[:1],
        Command("cell.new-line", "New line", "ctrl+o,ctrl+j,shift+enter", "new_line", "new line"),
        Command("cell.editor", "In $EDITOR", "ctrl+g", "external", "$EDITOR"),
        *CellEditor.COMMANDS_HERE[1:],
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE, priority=True)

    def on_mount(self) -> None:
        """Change nothing by merely showing it."""
        super().on_mount()
        if self.field.text == self._initial:
            return
        self.field.read_only = True
        if len(self._initial) > MOST_TYPED:
            why = f"{len(self._initial):,} characters are too many to type in here"
        else:
            why = "this text has line ends that a field would change"
        self.complain(f"{why}: ctrl+g edits it in $EDITOR, as it is")

    def field_text(self) -> str:
        """The head of a long text: a field lays all of it out at every key."""
        return self._initial if len(self._initial) <= MOST_TYPED else self._initial[:_HEAD]

    def action_new_line(self) -> None:
        """Begin another line."""
        if not self.field.read_only:
            self.field.insert("\n")

    @work(group="outside", exclusive=True)
    async def action_external(self) -> None:
        """Edit in the person's own editor."""
        before = self._initial if self.field.read_only else self.field.text
        try:
            after = await edited_outside(self, before)
        except NoEditor as error:
            self.complain(str(error))
            return
        except OSError as error:
            self.complain(f"the value cannot be put in a file: {error.strerror or error}")
            return
        if after == before:
            return
        self._is_touched = True
        if self.field.read_only:
            self._take(after)
        else:
            self.put(after)
            if self.field.text != after:
                self._take(after)

    def _take(self, text: str) -> None:
        """Stage a text that the field cannot hold as it is."""
        try:
            made = self.read(text)
        except ValueError as error:
            self.complain(str(error))
            return
        self.dismiss(self.entered(made))


class AnyEditor(TextEditor):
    """The same for columns that take any storage class, which is then chosen knowingly."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        *TextEditor.COMMANDS_HERE[:1],
        Command("cell.class", "As text, integer, or real", "ctrl+r", "storage_class", "class"),
        *TextEditor.COMMANDS_HERE[1:],
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE, priority=True)

    def __init__(self, subject: EditedCell) -> None:
        super().__init__(subject)
        self._chosen: int | None = None

    def read(self, text: str) -> values.Typed:
        """In the class that was chosen, else that of the value before."""
        if self._chosen is None:
            return super().read(text)
        name, like = _CLASSES[self._chosen]
        subject = self.subject
        made = values.typed(subject.backend, subject.column, text, like)
        if type(made.value) is not type(like):
            kept = values.storage_class(made.value)
            raise ValueError(f"this is no {name}: the column keeps it as {kept}")
        return values.Typed(made.value)

    def action_storage_class(self) -> None:
        """Store it as another class."""
        if self.field.read_only:
            return
        self._chosen = 0 if self._chosen is None else (self._chosen + 1) % len(_CLASSES)
        self._is_touched = True
        self.check()


class JsonEditor(TextEditor):
    """JSON, checked while it is typed."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        *TextEditor.COMMANDS_HERE[:1],
        Command("cell.pretty", "Lay it out, or on one line", "ctrl+r", "pretty", "lay out"),
        *TextEditor.COMMANDS_HERE[1:],
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE, priority=True)

    def action_pretty(self) -> None:
        """One value a line, or all on one."""
        text = self.field.text
        if self.field.read_only or self.check() is None:
            return
        try:
            self.put(laid_out(text, indent=None if "\n" in text else 2))
        except (ValueError, RecursionError) as error:
            self.complain(f"this JSON stays as it is written: {error}")


class _Number(str):
    """A number exactly as it was written."""

    __slots__ = ()


def laid_out(text: str, indent: int | None) -> str:
    """JSON laid out anew: every number as it was written. Raises ValueError where a key would go
    missing.
    """
    found = json.loads(
        text, parse_float=_Number, parse_int=_Number, object_pairs_hook=_distinct_pairs
    )
    numbers: list[str] = []
    token = uuid4().hex

    def marked(value: object) -> object:
        match value:
            case _Number():
                numbers.append(str(value))
                return f"{token}{len(numbers) - 1}."
            case dict():
                return {key: marked(one) for key, one in value.items()}
            case list():
                return [marked(one) for one in value]
            case _:
                return value

    # Escapes of what is no character stay escapes.
    made = json.dumps(marked(found), indent=indent, ensure_ascii=text.isascii())
    return re.sub(f'"{token}(\\d+)\\."', lambda place: numbers[int(place[1])], made)


def _distinct_pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("it has a key twice")
    return made


class LiteralEditor(TextEditor):
    """Arrays, ranges, intervals and the like, in the engine's own notation."""


class LineEditor(CellEditor):
    """Numbers, and whatever else is one line."""


async def edited_outside(screen: CellEditor, text: str) -> str:
    """What `text` is after the person's own editor. Raises NoEditor, OSError."""
    suffix = ".json" if screen.subject.column.kind is ColumnKind.JSON else ".txt"
    with tempfile.TemporaryDirectory(prefix="studio-") as folder:
        path = Path(folder) / f"value{suffix}"
        path.touch(mode=0o600)
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
        await edit(screen.app, path)
        after = path.read_bytes().decode("utf-8", "surrogateescape")
    # Editors end the last line whether the value did or not.
    if after.endswith("\n") and not text.endswith("\n"):
        after = after.removesuffix("\n").removesuffix("\r")
    return after
