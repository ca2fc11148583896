"""Whether rows can be changed here, and if not, why: a sentence, never silence."""

from studio.edits.statements import why_read_only
from studio.model.catalog import Table, TableKind
from studio.model.change import Insert
from studio.ui.workspace import Workspace


def why_not(workspace: Workspace, table: Table, *, new: bool = False) -> str:
    """Why rows of `table` cannot be changed (or, `new`, added); empty when they can."""
    session = workspace.session
    opening = session.opening
    if getattr(session.backend, "editing", None) is None:
        return f"rows of a {session.backend.name} database cannot be changed from here"
    if opening.target.read_only:
        return f"{opening.label} was opened with --read-only: start studio without it to edit"
    if not opening.writable:
        return opening.not_writable_because or f"{opening.label} is read-only"
    if reason := why_read_only(table, Insert if new else None):
        return reason
    if not new and not table.has_identity and table.kind is not TableKind.VIEW:
        return f"{table.ref} has nothing that tells one row from another: its rows cannot be edited"
    return ""
