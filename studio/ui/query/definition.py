"""To where a name of the text is defined: a relation's own tab, or a place above in the text."""

from studio.model.relation import TableRef
from studio.ui.shell.tab import Tab
from studio.ui.widgets.labels import plain
from studio.ui.widgets.sql_editor import SqlEditor
from studio.ui.workspace import Workspace


def go_to_definition(
    tab: Tab, editor: SqlEditor, found: TableRef | int | None, workspace: Workspace
) -> str:
    """Go there; what is to be said where nobody can."""
    if found is None:
        return "nothing is known of the name at the cursor"
    known = workspace.known
    if isinstance(found, int):
        editor.move_cursor(editor.location_of(found))
    elif known is not None and known.catalog.find(found) is None:
        name = plain(found.name)
        return f"only this tab's session has {name}: it opens in no tab of its own"
    else:
        tab.post_message(tab.Follow(found, ()))
    return ""
