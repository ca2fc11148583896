"""Rows of a commit made again what they were before it: staged, and reviewed like any edit."""

from collections.abc import Mapping, Sequence

from textual.widget import Widget

from studio.edits.staging.bringing_back import NotBroughtBack, brought_back
from studio.model.change import Change, Insert
from studio.model.errors import StudioError
from studio.model.words import plural
from studio.ui.editing.editable import why_not
from studio.ui.workspace import Workspace
from studio.wal import changes as wal


async def bring_back(
    tab: Widget, workspace: Workspace, wanted: Mapping[str, Sequence[wal.Change]]
) -> None:
    """Stage the rows, by table, as they were before, and open the review. What cannot be brought
    back is said. Nothing is written here.
    """
    staged: list[Change] = []
    for name, differing in wanted.items():
        try:
            staged += await _staged(workspace, name, differing)
        except (NotBroughtBack, StudioError) as reason:
            count = plural(len(differing), "row")
            tab.notify(f"{count} of {name} not staged: {reason}", severity="warning", markup=False)
    if staged:
        workspace.staging.stage(*staged)
        await tab.app.run_action("sets('review')", tab.screen)


async def _staged(
    workspace: Workspace, name: str, differing: Sequence[wal.Change]
) -> tuple[Change, ...]:
    """Raises NotBroughtBack, StudioError."""
    ref = workspace.find(name)
    if ref is None or ref.name != name:
        raise NotBroughtBack("there is no table of that name now")
    table = await workspace.reread(ref)
    changes = brought_back(table, differing)
    for op in {type(change) for change in changes} or {Insert}:
        if reason := why_not(workspace, table, op):
            raise NotBroughtBack(reason)
    return changes
