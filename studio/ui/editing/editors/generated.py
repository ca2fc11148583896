"""Editors of one line that can make a value themselves: moments, UUIDs, bytes from a file."""

from asyncio import to_thread
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.binding import BindingType

from studio.edits.staging import values
from studio.model.catalog import ColumnKind
from studio.model.change import Default
from studio.ui.editing.editors.base import CellEditor, EditedCell, text_of
from studio.ui.keys.commands import Command, bindings
from studio.ui.widgets.ask import AskText

MOST_HEX = 32 * 1024
"""Bytes shown as hex to type in; more can only be replaced."""


class MomentEditor(CellEditor):
    """Dates and times, with a zone where the type has one."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        *CellEditor.COMMANDS_HERE[:1],
        Command("cell.now", "Now", "ctrl+r", "now", "now"),
        *CellEditor.COMMANDS_HERE[1:],
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE, priority=True)

    def action_now(self) -> None:
        """Type this moment, as the type writes it."""
        self.put(moment(self.subject, datetime.now(UTC)))


def moment(subject: EditedCell, at: datetime) -> str:
    """`at` (with a zone) as the column writes moments."""
    column, has_zone = subject.column, _has_zone(subject)
    local = at.astimezone() if column.kind is not ColumnKind.TIMESTAMP or has_zone else at
    written = local if has_zone else local.replace(tzinfo=None)
    match column.kind:
        case ColumnKind.DATE:
            return written.date().isoformat()
        case ColumnKind.TIME:
            return written.timetz().isoformat("seconds")
        case _:
            separator = "T" if "T" in text_of(subject.value) else " "
            return written.isoformat(separator, "seconds")


def _has_zone(subject: EditedCell) -> bool:
    name = subject.column.type_name.lower()
    return "with time zone" in name or name.startswith(("timestamptz", "timetz"))


class UuidEditor(CellEditor):
    """UUIDs, typed or made."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        *CellEditor.COMMANDS_HERE[:1],
        Command(
            "cell.uuid", "A new UUID: version 7, then version 4", "ctrl+r", "new", "new v7, v4"
        ),
        *CellEditor.COMMANDS_HERE[1:],
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE, priority=True)

    def __init__(self, subject: EditedCell) -> None:
        super().__init__(subject)
        self._makes_4 = False

    def action_new(self) -> None:
        """Type a new UUID."""
        self.put(values.uuid_4() if self._makes_4 else values.uuid_7())
        self._makes_4 = not self._makes_4


class BytesEditor(CellEditor):
    """Bytes as hex, or from a file."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        *CellEditor.COMMANDS_HERE[:1],
        Command("cell.file", "From a file", "ctrl+r", "file", "from a file"),
        *CellEditor.COMMANDS_HERE[1:],
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE, priority=True)

    def __init__(self, subject: EditedCell) -> None:
        held = subject.value
        self._is_large = isinstance(held, bytes | str) and len(held) > MOST_HEX
        super().__init__(replace(subject, value=None) if self._is_large else subject)
        self._was_bytes = isinstance(held, bytes)
        self._held = len(held) if isinstance(held, bytes | str) else 0

    def rule(self) -> str:
        """How bytes are typed, and what is there when that is too much to show."""
        if self._is_large:
            return f"too large to type: {self._held:,} characters; ctrl+r replaces it from a file"
        return super().rule()

    def read(self, text: str) -> values.Typed:
        """Hex, also in a column that says nothing of bytes."""
        column = self.subject.column
        if self._was_bytes and column.kind is not ColumnKind.BYTES:
            column = replace(column, kind=ColumnKind.BYTES, type_name="BLOB")
        like = self.subject.value
        return values.typed(
            self.subject.backend, column, text, None if isinstance(like, Default) else like
        )

    def action_file(self) -> None:
        """Ask which file."""

        def chosen(path: str | None) -> None:
            if path:
                self._load(Path(path).expanduser())

        self.app.push_screen(AskText("Bytes from which file?", placeholder="path"), chosen)

    @work(group="file", exclusive=True)
    async def _load(self, path: Path) -> None:
        try:
            held = await to_thread(values.from_file, path)
            # Typed once through the backend, so that each engine gets its own form.
            made = self.read(f"\\x{held.hex()}")
        except ValueError as error:
            self.complain(str(error))
        else:
            self.dismiss(self.entered(made))
