"""Taking an applied change set back: what must be captured for it, and the inverse set."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TypeAlias, cast

from sqlalchemy import Connection

from studio.backends.editing import Editing
from studio.edits.cascades import Consequence, consequences
from studio.edits.encoding import Json, decoded_row, encoded_row
from studio.edits.layout import Group
from studio.edits.reading import Row, identity_of, rows_where
from studio.model.catalog import Catalog, IdentityKind, Table, TableRef
from studio.model.change import (
    Assigned,
    Change,
    ChangeSet,
    Default,
    Delete,
    Insert,
    Update,
)
from studio.model.page import Value


@dataclass(frozen=True, slots=True)
class Severed:
    """A row that lost its reference because the row it referred to went."""

    table: TableRef
    columns: tuple[str, ...]
    row: Row
    """Before it happened."""


@dataclass(slots=True)
class Captured:
    """What a change set does not say itself, read inside its transaction."""

    old: dict[int, Row] = field(default_factory=dict)
    """By change: the whole row before it."""
    left: dict[int, Row] = field(default_factory=dict)
    """By change: the whole row as the set left it."""
    cascaded: list[tuple[TableRef, Row]] = field(default_factory=list)
    """Rows that went along."""
    severed: list[Severed] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What cannot be taken back, each a sentence."""

    def encoded(self) -> dict[str, Json]:
        """For the journal."""
        return {
            "old": {str(index): encoded_row(row) for index, row in self.old.items()},
            "left": {str(index): encoded_row(row) for index, row in self.left.items()},
            "cascaded": [[ref.schema, ref.name, encoded_row(row)] for ref, row in self.cascaded],
            "severed": [
                [one.table.schema, one.table.name, list(one.columns), encoded_row(one.row)]
                for one in self.severed
            ],
            "notes": list(self.notes),
        }


def decoded_captured(found: Mapping[str, Json]) -> Captured:
    """From the journal. Raises KeyError, TypeError, ValueError when it is torn."""
    rows = {
        part: {int(index): _row(row) for index, row in cast("dict[str, Json]", found[part]).items()}
        for part in ("old", "left")
    }
    cascaded = cast("list[tuple[str | None, str, Json]]", found["cascaded"])
    severed = cast("list[tuple[str | None, str, list[str], Json]]", found["severed"])
    return Captured(
        rows["old"],
        rows["left"],
        [(TableRef(schema, name), _row(row)) for schema, name, row in cascaded],
        [
            Severed(TableRef(schema, name), tuple(columns), _row(row))
            for schema, name, columns, row in severed
        ],
        [str(note) for note in cast("list[Json]", found["notes"])],
    )


def _row(found: Json) -> Row:
    return cast("Row", decoded_row(found, "row"))


# -- which rows to read ------------------------------------------------------------------------

_Wanted: TypeAlias = dict[TableRef, dict[int, Change]]


@dataclass(frozen=True, slots=True)
class Rereading:
    """Changes by table and place whose rows the database alone knows whole."""

    before: _Wanted
    """Rows that go, and values written over without having been seen."""
    after: _Wanted
    """Rows the database fills in: defaults, triggers."""


def rereading(tables: Mapping[TableRef, Table], groups: Sequence[Group]) -> Rereading:
    """What must be read inside the transaction so that the set can be taken back."""
    before: _Wanted = {}
    after: _Wanted = {}
    for group in groups:
        _, ref, _, seen, given = group.layout
        op = group.layout.op
        if op is Delete or (op is Update and not set(given) <= set(seen)):
            before.setdefault(ref, {}).update(_by_place(group))
        if op is Update and not _fills_in(tables[ref]):
            after.setdefault(ref, {}).update(_with_defaults(group))
        elif op is not Delete:
            after.setdefault(ref, {}).update(_by_place(group))
    return Rereading(before, after)


def _fills_in(table: Table) -> bool:
    """Whether only the database knows a row's end: triggers may write something else than what was
    given, and without a key a changed row gets another name.
    """
    return table.identity_kind is IdentityKind.CTID or any(
        {"INSERT", "UPDATE"} & set(trigger.events) for trigger in table.triggers
    )


def _by_place(group: Group) -> Iterator[tuple[int, Change]]:
    return zip(group.places, group.changes, strict=True)


def _with_defaults(group: Group) -> Iterator[tuple[int, Change]]:
    columns = group.columns["after"]
    if all(Default not in set(map(type, values)) for values in columns):
        return
    for given, one in zip(zip(*columns, strict=True), _by_place(group), strict=True):
        if any(isinstance(value, Default) for value in given):
            yield one


# -- before the set runs -----------------------------------------------------------------------


def capture_before(
    connection: Connection,
    editing: Editing,
    catalog: Catalog,
    tables: Mapping[TableRef, Table],
    wanted: Rereading,
) -> Captured:
    """Read, and lock, what will be gone: deleted rows, values the set does not name, cascades."""
    captured = Captured()
    deleted: dict[TableRef, list[Row]] = {}
    for ref, changes in wanted.before.items():
        for index, row in _read(connection, editing, tables[ref], changes, lock=True):
            captured.old[index] = row
            if isinstance(changes[index], Delete):
                deleted.setdefault(ref, []).append(row)
    for one in consequences(connection, editing, catalog, deleted):
        _keep(captured, one)
    return captured


def _keep(captured: Captured, one: Consequence) -> None:
    if one.action == "CASCADE":
        captured.cascaded.extend((one.table.ref, row) for row in one.rows)
    elif one.blocks:
        return
    elif one.table.has_identity:
        captured.severed.extend(Severed(one.table.ref, one.key.columns, row) for row in one.rows)
    else:
        captured.notes.append(f"{one.table.ref} has no key: its lost references stay lost")


def irrevocable(tables: Mapping[TableRef, Table], groups: Sequence[Group]) -> Iterator[str]:
    """What no inverse takes back, each a sentence."""
    inserted = {group.layout.table for group in groups if group.layout.op is Insert}
    for ref, table in tables.items():
        if any(trigger.enabled for trigger in table.triggers):
            names = ", ".join(trigger.name for trigger in table.triggers if trigger.enabled)
            yield f"what the triggers of {ref} did besides stays done: {names}"
        if ref in inserted and any(column.identity or column.default for column in table.columns):
            yield f"numbers {ref} gave to new rows are not given again"


# -- after the set ran, before COMMIT ----------------------------------------------------------


def capture_after(
    connection: Connection,
    editing: Editing,
    tables: Mapping[TableRef, Table],
    wanted: Rereading,
    identities: Mapping[int, Mapping[str, Value]],
) -> dict[int, Row]:
    """Read the rows whose new values only the database knows."""
    left: dict[int, Row] = {}
    for ref, changes in wanted.after.items():
        table = tables[ref]
        if not table.has_identity:
            continue
        named = {
            index: dict(identities.get(index) or new_identity(table, change))
            for index, change in changes.items()
        }
        left.update(_read(connection, editing, table, changes, named=named))
    return left


def new_identity(table: Table, change: Change) -> dict[str, Value]:
    """What names the row after the change, as far as the change says it."""
    known: dict[str, Assigned] = {**change.identity}
    naming = {*change.identity, *table.identity}
    known.update((name, change.after[name]) for name in naming if name in change.after)
    return {name: value for name, value in known.items() if not isinstance(value, Default)}


def _read(
    connection: Connection,
    editing: Editing,
    table: Table,
    wanted: Mapping[int, Change],
    *,
    named: Mapping[int, Mapping[str, Value]] | None = None,
    lock: bool = False,
) -> Iterator[tuple[int, Row]]:
    """(change, its row) pairs, matched by what names the row."""
    keys = {
        index: (named[index] if named is not None else change.identity or change.before)
        for index, change in wanted.items()
    }
    groups: dict[tuple[str, ...], dict[object, int]] = {}
    for index, key in keys.items():
        if key:
            groups.setdefault(tuple(key), {})[_comparable(key.values())] = index
    for names, places in groups.items():
        chosen = [keys[index] for index in places.values()]
        named_by = _values_of(names)
        for row in rows_where(connection, editing, table, chosen, lock=lock):
            at = places.get(_comparable(named_by(row)))
            if at is None and len(places) == 1:
                (at,) = places.values()
            if at is not None:
                yield at, row


def _values_of(names: Sequence[str]) -> Callable[[Row], tuple[Value, ...]]:
    if len(names) > 1:
        return itemgetter(*names)
    (name,) = names
    return lambda row: (row[name],)


def _comparable(values: Iterable[Value]) -> object:
    return tuple([str(int(v)) if v is True or v is False else str(v) for v in values])


# -- the inverse -------------------------------------------------------------------------------


def inverse(
    changes: Sequence[Change], captured: Captured, tables: Mapping[TableRef, Table]
) -> tuple[ChangeSet, tuple[str, ...]]:
    """The set that takes `changes` back, and what it cannot take back, each a sentence."""
    made: list[Change] = []
    notes = list(captured.notes)
    for index, change in enumerate(changes):
        one = _inverse(index, change, captured, tables[change.table])
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
        return Insert(change.table, _insertable(table, old or {**change.before}))
    if not table.has_identity:
        return None
    identity = identity_of(table, left) if left else new_identity(table, change)
    if set(identity) < set(table.identity):
        return None
    if isinstance(change, Insert):
        seen = left or _values(change.after)
        return Delete(change.table, identity, _shown(table, seen))
    was = {**change.before, **(old or {})}
    now = left or _values(change.after)
    names = [name for name in change.after if name in was and name in now]
    # Without a key the row is named by all it holds.
    keyless = table.identity_kind is IdentityKind.CTID
    return Update(
        change.table,
        identity,
        _shown(table, now) if keyless else {name: now[name] for name in names},
        {name: was[name] for name in names},
    )


def _mended(captured: Captured, tables: Mapping[TableRef, Table]) -> Iterator[Change]:
    """References put back; a row that two parents left is one change."""
    for one in captured.severed:
        table = tables[one.table]
        before: dict[str, Value] = dict.fromkeys(one.columns)
        after = {name: one.row[name] for name in one.columns}
        yield Update(one.table, identity_of(table, one.row), before, after)


def _values(after: Mapping[str, Assigned]) -> dict[str, Value]:
    return {name: value for name, value in after.items() if not isinstance(value, Default)}


def _shown(table: Table, row: Mapping[str, Value]) -> dict[str, Value]:
    names = {column.name for column in table.columns if not column.hidden}
    return {name: value for name, value in row.items() if name in names}


def _insertable(table: Table, row: Mapping[str, Value]) -> dict[str, Assigned]:
    """A whole row without what the database computes.

    Without its rowid too: nobody sees it, and a new row may have taken it meanwhile.
    """
    return {
        column.name: row[column.name]
        for column in table.columns
        if column.name in row and column.generated is None and not column.hidden
    }


def touched_by(entry_changes: Sequence[Change], captured: Captured) -> tuple[TableRef, ...]:
    """Every table the inverse writes to."""
    refs = [change.table for change in entry_changes]
    refs += [ref for ref, _ in captured.cascaded]
    refs += [one.table for one in captured.severed]
    return tuple(dict.fromkeys(refs))
