"""What is wrong with a change before any database is asked."""

from collections.abc import Mapping
from dataclasses import dataclass

from studio.edits.sql.layout import Op
from studio.model.catalog import Column, IdentityKind, Table, TableKind
from studio.model.change import Change, Delete, Insert, Update
from studio.model.errors import Refused


@dataclass(eq=False)
class ChangeRefused(Refused):
    """A change that is wrong before any database sees it."""

    change: int
    """Which change of the set, from 0."""
    kind: str
    """generated, read_only, unknown_column, no_identity, or shortened."""
    message: str
    columns: tuple[str, ...] = ()

    def __str__(self) -> str:
        """What is wrong with the change."""
        return self.message


def check(index: int, change: Change, table: Table, columns: Mapping[str, Column]) -> None:
    """Raises ChangeRefused for what is wrong before any database is asked."""
    refuse_kind(index, change, table)
    for name in (*change.identity, *change.before, *change.after):
        if name not in columns and name not in table.identity:
            raise ChangeRefused(
                index, "unknown_column", f"{table.ref} has no column {name!r}", (name,)
            )
    for name in change.after:
        made = columns.get(name)
        if made is None or made.generated is not None:
            raise ChangeRefused(
                index,
                "generated",
                f"{name} of {table.ref} is computed by the database: change what it is made of",
                (name,),
            )


_EVENTS: Mapping[Op, str] = {Insert: "INSERT", Update: "UPDATE", Delete: "DELETE"}


def why_read_only(table: Table, op: Op | None = None) -> str | None:
    """Why rows of `table` cannot be changed (or changed so), as a sentence; None when they can."""
    if table.kind is TableKind.VIEW:
        instead = [t for t in table.triggers if t.timing.upper() == "INSTEAD OF" and t.enabled]
        if not instead:
            return f"{table.ref} is a view without INSTEAD OF triggers: change the tables under it"
        if op is not None and all(_EVENTS[op] not in trigger.events for trigger in instead):
            return f"{table.ref} is a view without an INSTEAD OF {_EVENTS[op]} trigger"
    if table.kind is TableKind.MATERIALIZED_VIEW:
        return f"{table.ref} is a materialized view: its rows come from its query"
    if table.kind is TableKind.SHADOW:
        return f"{table.ref} belongs to a virtual table, which would break"
    if table.kind is TableKind.SYSTEM:
        return f"{table.ref} is the database's own"
    return _not_granted(table, Update if op is None else op)


def _not_granted(table: Table, op: Op) -> str | None:
    if table.unread and op is Delete:
        return f"{table.ref} has columns you may not read: a deleted row could not be put back"
    if _EVENTS[op] in table.refused:
        return f"you have no {_EVENTS[op]} privilege on {table.ref}: its owner can GRANT it"
    return None


def refuse_kind(index: int, change: Change, table: Table) -> None:
    """Refuse what no row of this relation can take."""
    if reason := why_read_only(table, type(change)):
        raise ChangeRefused(index, "read_only", reason)
    if isinstance(change, Insert):
        return
    if not change.identity and not change.before:
        raise ChangeRefused(index, "no_identity", f"nothing says which row of {table.ref} is meant")
    if isinstance(change, Update) and not change.after:
        raise ChangeRefused(index, "no_change", f"an update of {table.ref} sets nothing")
    if "ctid" in change.identity and table.identity_kind is IdentityKind.CTID:
        shown = {one.name for one in table.columns if not one.hidden}
        if missing := shown - set(change.before):
            raise ChangeRefused(
                index,
                "no_identity",
                f"{table.ref} has no key, so every old value must be known; "
                f"missing: {', '.join(sorted(missing))}",
            )
