"""Taking an applied change set back: the set that does it, and what it cannot take back."""

from collections.abc import Iterator, Mapping, Sequence

from studio.edits.applying.capture import new_identity
from studio.edits.applying.captured import Captured
from studio.edits.applying.reading import Row, identity_of
from studio.edits.sql.refusals import why_read_only
from studio.model.catalog import IdentityKind, Table, TableRef
from studio.model.change import (
    Assigned,
    Change,
    Default,
    Delete,
    Insert,
    RowKey,
    Update,
    same_value,
)
from studio.model.change_set import ChangeSet
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
        if change.key in put_back or index in captured.overtaken:
            continue
        try:
            one = _inverse(index, change, captured, tables)
            _check_allowed(one, tables)
        except _Lost as lost:
            notes.append(f"change {index + 1}, of {change.table}, stays: {lost}")
            continue
        if isinstance(one, Insert) and change.identity:
            # As it was before all of them.
            put_back.add(change.key)
        if one is not None:
            made.append(one)
    for ref, row in captured.cascaded:
        made.append(Insert(ref, _insertable(tables[ref], row)))
    made.extend(_mended(captured, tables))
    return ChangeSet(made), tuple(dict.fromkeys(notes))


class _Lost(Exception):
    """A change that cannot be taken back, and why."""


def _check_allowed(change: Change | None, tables: Mapping[TableRef, Table]) -> None:
    """A view may take one kind of change and not its opposite. Raises _Lost."""
    reason = why_read_only(tables[change.table], type(change)) if change is not None else None
    if reason is not None:
        raise _Lost(reason)


_UNNAMED = "its row cannot be named any more"
_UNLIKE = (
    "what was stored is not what was given, or another row looks the same, so nothing names its row"
)
_NOT_WHOLE = "its row was not seen whole, and so cannot be put back"


def _inverse(
    index: int, change: Change, captured: Captured, tables: Mapping[TableRef, Table]
) -> Change | None:
    """What takes one change back; None: it left the row as it was. Raises _Lost."""
    left, old = captured.left.get(index), captured.old.get(index)
    ref = captured.homes.get(index, change.table)
    table = tables[ref]
    if isinstance(change, Delete):
        if old is None and table.identity_kind is IdentityKind.CTID:
            raise _Lost(_NOT_WHOLE)
        return _put_back(ref, old or {**change.before}, table)
    if index in captured.lost:
        raise _Lost(_UNLIKE)
    if not table.has_identity:
        return _inverse_by_values(change, old, left, table)
    identity = identity_of(table, left) if left else new_identity(table, change, old)
    if set(identity) < set(table.identity):
        raise _Lost(_UNNAMED)
    now = left or _values(change.after)
    if isinstance(change, Insert):
        return Delete(ref, identity, _shown(table, now))
    was = {**change.before, **(old or {})}
    names = _changed(table, change, was, now, whole=left is not None and old is not None)
    if not names:
        return None
    # Without a key the row is named by all it holds.
    keyless = table.identity_kind is IdentityKind.CTID
    return Update(
        ref,
        identity,
        _shown(table, now) if keyless else {name: now[name] for name in names},
        {name: was[name] for name in names},
    )


def _changed(table: Table, change: Update, was: Row, now: Row, *, whole: bool) -> list[str]:
    """The columns to write back: with both rows known, all that differ, also what a trigger wrote.
    Raises _Lost.
    """
    if whole:
        writable = set(_insertable_names(table))
        return [n for n in now if n in was and n in writable and not same_value(was[n], now[n])]
    names = [name for name in change.after if name in was and name in now]
    if not names:
        raise _Lost("what it wrote over was not seen")
    return names


def _put_back(ref: TableRef, old: Mapping[str, Value], table: Table) -> Insert:
    row = _insertable(table, old)
    if set(row) != set(_insertable_names(table)):
        raise _Lost(_NOT_WHOLE)
    return Insert(ref, row)


def _inverse_by_values(
    change: Insert | Update, old: Row | None, left: Row | None, table: Table
) -> Change | None:
    """For a row of a view, or of tables read as one: named by all that is known of it. Another row
    that holds the same stops it.
    """
    identity = new_identity(table, change)
    told = _shown(table, left or {**change.before, **(old or {}), **_values(change.after)})
    is_told = not any(isinstance(value, Default) for value in change.after.values())
    if not is_told or not (identity or told):
        raise _Lost(_UNNAMED)
    if isinstance(change, Insert):
        return Delete(change.table, identity, told)
    was = {**change.before, **(old or {})}
    given = _values(change.after)
    if not set(given) <= set(was):
        raise _Lost("what it wrote over was not seen")
    names = [name for name in given if not same_value(was[name], told.get(name, given[name]))]
    return Update(change.table, identity, told, {n: was[n] for n in names}) if names else None


def _mended(captured: Captured, tables: Mapping[TableRef, Table]) -> Iterator[Change]:
    """References put back; a row that two parents left is one change."""
    for one in captured.severed:
        table = tables[one.table]
        now = one.now if one.now is not None else dict.fromkeys(one.columns)
        names = [name for name in one.columns if now.get(name) != one.row[name]]
        before = {name: now.get(name) for name in names}
        after = {name: one.row[name] for name in names}
        if names:
            if table.identity_kind is IdentityKind.CTID and one.now is not None:
                before = _shown(table, one.now)
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
    refs += captured.homes.values()
    refs += [ref for ref, _ in captured.cascaded]
    refs += [one.table for one in captured.severed]
    return tuple(dict.fromkeys(refs))
