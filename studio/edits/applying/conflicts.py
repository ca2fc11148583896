"""Rows that moved: was, yours, now; and what a person makes of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from studio.backends.halves.editing import Editing
from studio.edits.applying.execution import ChangeFailure
from studio.edits.applying.reading import Row, rows_where
from studio.model.apply_report import RowConflict
from studio.model.catalog import Table, TableRef
from studio.model.change import DEFAULT, Assigned, Change, Delete, Insert, Update, same_value
from studio.model.change_set import ChangeSet
from studio.model.page import Value


@dataclass(frozen=True, slots=True)
class Difference:
    """One column of a conflict."""

    column: str
    was: Value
    """What the person saw."""
    yours: Assigned
    """What they want there; what they saw where they want nothing."""
    now: Value
    """What the database holds."""

    @property
    def moved(self) -> bool:
        """Whether somebody else changed it."""
        return not same_value(self.was, self.now)


def differences(conflict: RowConflict) -> tuple[Difference, ...]:
    """The three columns of a conflict, for every column it is about; () when the row is gone."""
    if conflict.current is None:
        return ()
    change, now = conflict.change, conflict.current
    names = dict.fromkeys((*change.before, *change.after))
    return tuple(
        Difference(
            name,
            change.before.get(name, change.identity.get(name)),
            change.after.get(name, change.before.get(name)),
            now[name],
        )
        for name in names
        if name in now
    )


def kept_mine(changes: ChangeSet, conflict: RowConflict) -> ChangeSet:
    """The same change again, over what the row holds now; a row that is gone is inserted anew."""
    change, now = conflict.change, conflict.current
    without = changes.without(change)
    if isinstance(change, Insert):
        return changes
    if now is None:
        if isinstance(change, Delete):
            return without
        row = {**change.identity, **change.before, **change.after}
        return without.staged(Insert(change.table, row))
    before = {name: now[name] for name in change.before if name in now}
    if isinstance(change, Delete):
        return without.staged(replace(change, before=before))
    after = {name: value for name, value in change.after.items() if not _holds(now, name, value)}
    if not after:
        return without
    return without.staged(Update(change.table, change.identity, before, after))


def took_theirs(changes: ChangeSet, conflict: RowConflict) -> ChangeSet:
    """What the database holds now stays: the change is dropped."""
    return changes.without(conflict.change)


def edited(changes: ChangeSet, conflict: RowConflict, after: Mapping[str, Assigned]) -> ChangeSet:
    """Other values for the row as it is now, e.g. one column theirs and one mine."""
    now = conflict.current
    without = changes.without(conflict.change)
    if now is None:
        return without.staged(Insert(conflict.change.table, after))
    moved = {name: value for name, value in after.items() if not _holds(now, name, value)}
    if not moved:
        return without
    before = {name: now[name] for name in {*conflict.change.before, *moved} if name in now}
    return without.staged(Update(conflict.change.table, conflict.change.identity, before, moved))


def _holds(now: Mapping[str, Value], name: str, value: Assigned) -> bool:
    return value is not DEFAULT and name in now and same_value(now[name], value)


def found_conflicts(
    connection: Connection,
    editing: Editing,
    tables: Mapping[TableRef, Table],
    changes: Sequence[Change],
    failures: Sequence[ChangeFailure],
) -> tuple[RowConflict, ...]:
    """What each row that was missed holds now."""
    return tuple(
        RowConflict(
            changes[failure.index],
            _current(connection, editing, tables, changes[failure.index]),
            failure.index,
            failure.touched,
            tables[changes[failure.index].table].row_security,
        )
        for failure in failures
        if failure.error is None and not isinstance(changes[failure.index], Insert)
    )


def _current(
    connection: Connection,
    editing: Editing,
    tables: Mapping[TableRef, Table],
    change: Change,
) -> Row | None:
    key = change.identity or change.before
    found = list(rows_where(connection, editing, tables[change.table], [key]))
    return found[0] if len(found) == 1 else None
