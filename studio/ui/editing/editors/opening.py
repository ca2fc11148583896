"""Opening the editor for a cell, with what it has to know first."""

from collections.abc import Callable

from textual.widget import Widget

from studio.ui.editing.editors.base import EditedCell, Entered
from studio.ui.editing.editors.choosing import editor_for
from studio.ui.editing.editors.reference import Reference, ReferenceEditor, foreign_key
from studio.ui.workspace import Workspace


async def open_editor(
    widget: Widget,
    workspace: Workspace,
    subject: EditedCell,
    entered: Callable[[Entered | None], None],
) -> None:
    """Open the editor that fits; `entered` hears the answer. Raises StudioError."""
    key = foreign_key(subject.table, subject.column)
    if key is None or subject.column.choices:
        widget.app.push_screen(editor_for(subject), entered)
        return
    reference = Reference(key, await workspace.table(key.target))
    widget.app.push_screen(ReferenceEditor(workspace, subject, reference), entered)
