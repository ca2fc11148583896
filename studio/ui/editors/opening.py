"""Opening the editor for a cell, with what it has to know first."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from studio.ui.editors.base import Entered, Subject
from studio.ui.editors.choosing import editor_for

if TYPE_CHECKING:
    from textual.widget import Widget

    from studio.ui.workspace import Workspace


async def open_editor(
    widget: "Widget",
    workspace: "Workspace",
    subject: Subject,
    entered: Callable[[Entered | None], None],
) -> None:
    """Open the editor that fits; `entered` hears the answer. Raises StudioError."""
    del workspace
    widget.app.push_screen(editor_for(subject), entered)
