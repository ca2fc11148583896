"""Whether rows can be changed here, and if not, why: a sentence, never silence."""

from studio.backends.halves import Absent, ask
from studio.backends.halves.editing import EDITING
from studio.edits.sql.refusals import why_read_only
from studio.model.catalog import Table, TableKind
from studio.model.change import Change, Insert, Update
from studio.ui.workspace import Workspace


def why_not(workspace: Workspace, table: Table, op: type[Change] = Update) -> str:
    """Why no `op` can be done to rows of `table`; empty when it can."""
    session = workspace.session
    opening = session.opening
    editing = ask(session.backend, EDITING)
    if isinstance(editing, Absent):
        return editing.why
    if not opening.writable:
        return opening.not_writable_because or f"{opening.label} is read-only"
    if reason := why_read_only(table, op):
        return reason
    if op is not Insert and not table.has_identity and table.kind is not TableKind.VIEW:
        why = f" ({table.unnamed_because})" if table.unnamed_because else ""
        return (
            f"{table.ref} has nothing that tells one row from another{why}: "
            "its rows cannot be edited"
        )
    return ""
