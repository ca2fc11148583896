"""Which editor a cell gets."""

import re

from studio.edits.staging.values import Editor, editor
from studio.model.catalog import ColumnKind
from studio.model.page import Shortened
from studio.ui.editing.editors.base import CellEditor, EditedCell
from studio.ui.editing.editors.generated import BytesEditor, MomentEditor, UuidEditor
from studio.ui.editing.editors.picks import ChoiceEditor
from studio.ui.editing.editors.texts import (
    AnyEditor,
    JsonEditor,
    LineEditor,
    LiteralEditor,
    TextEditor,
)

_EDITORS: dict[Editor, type[CellEditor]] = {
    Editor.TEXT: TextEditor,
    Editor.NUMBER: LineEditor,
    Editor.MOMENT: MomentEditor,
    Editor.JSON: JsonEditor,
    Editor.UUID: UuidEditor,
    Editor.BYTES: BytesEditor,
    Editor.LITERAL: LiteralEditor,
}
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def editor_for(subject: EditedCell) -> "CellEditor | ChoiceEditor":
    """The editor that fits the column, and what the cell holds."""
    column = subject.column
    kind = editor(column)
    if kind in {Editor.CHOICE, Editor.BOOLEAN}:
        return ChoiceEditor(subject)
    if isinstance(subject.value, bytes):
        return BytesEditor(subject)
    if column.kind is ColumnKind.ANY:
        return AnyEditor(subject)
    if kind is Editor.TEXT and _is_uuid(subject):
        return UuidEditor(subject)
    return _EDITORS[kind](subject)


def _is_uuid(subject: EditedCell) -> bool:
    """Whether text holds a UUID, or is a new row's key, where one is likely to go."""
    if isinstance(subject.value, str):
        return _UUID.fullmatch(subject.value) is not None
    is_key = subject.column.name in subject.table.primary_key
    return is_key and not isinstance(subject.value, Shortened)
