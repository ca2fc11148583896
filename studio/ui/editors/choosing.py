"""Which editor a cell gets."""

from studio.edits.values import Editor, editor
from studio.model.catalog import ColumnKind
from studio.ui.editors.base import CellEditor, Subject
from studio.ui.editors.generated import BytesEditor, MomentEditor, UuidEditor
from studio.ui.editors.picks import ChoiceEditor
from studio.ui.editors.texts import (
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


def editor_for(subject: Subject) -> "CellEditor | ChoiceEditor":
    """The editor that fits the column, and what the cell holds."""
    column = subject.column
    kind = editor(column)
    if kind in {Editor.CHOICE, Editor.BOOLEAN}:
        return ChoiceEditor(subject)
    if isinstance(subject.value, bytes):
        return BytesEditor(subject)
    if column.kind is ColumnKind.ANY:
        return AnyEditor(subject)
    return _EDITORS[kind](subject)
