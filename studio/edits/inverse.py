"""Taking an applied change set back: the set that does it, and what it cannot take back."""

from collections.abc import Iterator, Mapping, Sequence

from studio.edits.capture import Captured, new_identity
from studio.edits.reading import Row, identity_of
from studio.model.catalog import IdentityKind, Table, TableKind, TableRef
from studio.model.change import (
    Assigned,
    Change,
    ChangeSet,
    Default,
    Delete,
    Insert,
    RowKey,
    Update,
)
from studio.model.page import Value


def inverse(
    changes: Sequence[Change], captured: Captured, tables: Mapping[TableRef, Table]
) -> tuple[ChangeSet, tuple[str, ...]]:
    """The set that takes `changes` back, and what it cannot take back, each a sentence."""
    made: list[Change] = []
    notes = list(captured.notes)
    # The last one first: of two changes to one row, the first knows what the row was.
    put_back: set[RowKey] = set()
    for index, change in reversed(tuple(enumerate(changes))):
        if change.key in put_back:
            continue
        one = _inverse(index, change, captured, tables[change.table])
        if isinstance(one, Insert) and change.identity:
            # As it was before all of them.
            put_back.add(change.key)
        if one is None:
            notes.append(f"change {index + 1}, of {change.table}: its row cannot be named any more")
        else:
            made.append(one)
    for ref, row in captured.cascaded:
        made.append(Insert(ref, _insertable(tables[ref], row)))
    made.extend(_mended(captured, tables))
    return ChangeSet(made), tuple(dict.fromkeys(notes))


def _inverse(index: int, change: Change, captured: Captured, table: Table) -> Change | None:
    left, old = captured.left.get(index), captured.old.get(index)
    if isinstance(change, Delete):
        return _put_back(change, old, table)
    if not table.has_identity:
        return _inverse_by_values(change, old, table)
    identity = identity_of(table, left) if left else new_identity(table, change, old)
    if set(identity) < set(table.identity):
        return None
    if isinstance(change, Insert):
        seen = left or _values(change.after)
        return Delete(change.table, identity, _shown(table, seen))
    was = {**change.before, **(old or {})}
    now = left or _values(change.after)
    names = [name for name in change.after if name in was and name in now]
    if not names:
        return None
    # Without a key the row is named by all it holds.
    keyless = table.identity_kind is IdentityKind.CTID
    return Update(
        change.table,
        identity,
        _shown(table, now) if keyless else {name: now[name] for name in names},
        {name: was[name] for name in names},
    )


def _put_back(change: Delete, old: Row | None, table: Table) -> Insert | None:
    if table.kind is TableKind.TABLE and not table.has_identity:
        # Of an inheritance: the row may have been one of a table below, with more columns.
        return None
    row = _insertable(table, old or {**change.before})
    return Insert(change.table, row) if set(row) == set(_insertable_names(table)) else None


def _inverse_by_values(change: Insert | Update, old: Row | None, table: Table) -> Change | None:
    """For a row of a view, or of tables read as one: named by all that is known of it. Another row
    that holds the same stops it.
    """
    identity = new_identity(table, change)
    given = _values(change.after)
    now = _shown(table, {**change.before, **(old or {}), **given})
    is_told = not any(isinstance(value, Default) for value in change.after.values())
    if not is_told or not (identity or now):
        return None
    if isinstance(change, Insert):
        return Delete(change.table, identity, now)
    was = {**change.before, **(old or {})}
    if not set(given) <= set(was):
        return None
    return Update(change.table, identity, now, {name: was[name] for name in given})


def _mended(captured: Captured, tables: Mapping[TableRef, Table]) -> Iterator[Change]:
    """References put back; a row that two parents left is one change."""
    for one in captured.severed:
        table = tables[one.table]
        now = one.now if one.now is not None else dict.fromkeys(one.columns)
        names = [name for name in one.columns if now.get(name) != one.row[name]]
        before = {name: now.get(name) for name in names}
        after = {name: one.row[name] for name in names}
        if names:
            yield Update(one.table, identity_of(table, one.now or one.row), before, after)


def _values(after: Mapping[str, Assigned]) -> dict[str, Value]:
    return {name: value for name, value in after.items() if not isinstance(value, Default)}


def _shown(table: Table, row: Mapping[str, Value]) -> dict[str, Value]:
    names = {column.name for column in table.columns if not column.hidden}
    return {name: value for name, value in row.items() if name in names}


def _insertable(table: Table, row: Mapping[str, Value]) -> dict[str, Assigned]:
    """A whole row without what the database computes.

    Without its rowid too: nobody sees it, and a new row may have taken it meanwhile.
    """
    return {name: row[name] for name in _insertable_names(table) if name in row}


def _insertable_names(table: Table) -> tuple[str, ...]:
    return tuple(c.name for c in table.columns if c.generated is None and not c.hidden)


def touched_by(entry_changes: Sequence[Change], captured: Captured) -> tuple[TableRef, ...]:
    """Every table the inverse writes to."""
    refs = [change.table for change in entry_changes]
    refs += [ref for ref, _ in captured.cascaded]
    refs += [one.table for one in captured.severed]
    return tuple(dict.fromkeys(refs))
