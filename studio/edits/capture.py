"""What a change set does not say itself, read inside its transaction so that it can be undone."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import TypeAlias, cast

from sqlalchemy import Connection

from studio.backends.editing import Editing
from studio.edits.cascades import (
    Consequence,
    Rekeyed,
    consequences,
    follows_update,
    severed_by,
)
from studio.edits.encoding import Json, decoded_row, encoded_row
from studio.edits.layout import Group
from studio.edits.reading import Row, identity_of, rows_where
from studio.model.catalog import Catalog, IdentityKind, Table, TableRef
from studio.model.change import (
    Assigned,
    Change,
    Default,
    Delete,
    Insert,
    RowKey,
    Update,
    row_key,
)
from studio.model.page import Value

_TABLE = attrgetter("table")


@dataclass(frozen=True, slots=True)
class Severed:
    """A row that lost its reference because the row it referred to went."""

    table: TableRef
    columns: tuple[str, ...]
    row: Row
    """Before it happened."""
    now: Row | None = None
    """As the set left it; None: not looked at, its columns are NULL."""


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
                [
                    one.table.schema,
                    one.table.name,
                    list(one.columns),
                    encoded_row(one.row),
                    None if one.now is None else encoded_row(one.now),
                ]
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
    severed = cast("list[list[Json]]", found["severed"])
    return Captured(
        rows["old"],
        rows["left"],
        [(TableRef(schema, name), _row(row)) for schema, name, row in cascaded],
        [_severed(*one) for one in severed],
        [str(note) for note in cast("list[Json]", found["notes"])],
    )


def _severed(schema: Json, name: Json, columns: Json, row: Json, now: Json = None) -> Severed:
    """Journals of the first format do not say how the row was left."""
    return Severed(
        TableRef(cast("str | None", schema), cast("str", name)),
        tuple(cast("list[str]", columns)),
        _row(row),
        None if now is None else _row(now),
    )


def _row(found: Json) -> Row:
    return cast("Row", decoded_row(found, "row"))


# -- which rows to read ------------------------------------------------------------------------

_Wanted: TypeAlias = dict[TableRef, dict[int, Change]]


@dataclass(frozen=True, slots=True)
class Rereading:
    """Changes by table and place whose rows the database alone knows whole."""

    tables: Mapping[TableRef, Table]
    before: _Wanted
    """Rows that go, values written over without having been seen, rows named by what they hold, and
    keys that others refer to.
    """
    after: _Wanted
    """Rows the database fills in: defaults, triggers."""


def rereading(
    tables: Mapping[TableRef, Table], groups: Sequence[Group], catalog: Catalog
) -> Rereading:
    """What must be read inside the transaction so that the set can be taken back."""
    before: _Wanted = {}
    after: _Wanted = {}
    for group in groups:
        op, ref = group.layout.op, group.layout.table
        if op is Delete or (op is Update and _is_partial(group, tables[ref], catalog)):
            before.setdefault(ref, {}).update(_by_place(group))
        if op is Update and not _fills_in(tables[ref]):
            after.setdefault(ref, {}).update(_with_defaults(group))
        elif op is not Delete:
            after.setdefault(ref, {}).update(_by_place(group))
    return Rereading(tables, before, after)


def _is_partial(group: Group, table: Table, catalog: Catalog) -> bool:
    """Whether an update says too little: what it writes over, which row, or what followed it."""
    _, ref, named, seen, given = group.layout
    return (
        not set(given) <= set(seen)
        or not table.has_identity
        or not _is_named(table, named)
        or any(type(None) in column.types for column in group.columns["identity"])
        or any(
            follows_update(key) and not set(given).isdisjoint(key.target_columns)
            for _, key in catalog.referencing(ref)
        )
    )


def _is_named(table: Table, names: Sequence[str]) -> bool:
    """Whether values in these columns name one row, NULL aside."""
    keys = (table.identity, table.primary_key, *_unique(table))
    return any(key and set(key) <= set(names) for key in keys)


def _unique(table: Table) -> Iterator[tuple[str, ...]]:
    for index in table.indexes:
        if index.unique and index.predicate is None and len(index.columns) == len(index.parts):
            yield index.columns


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
    if not any(Default in column.types for column in columns):
        return
    values = zip(*(column.values for column in columns), strict=True)
    for given, one in zip(values, _by_place(group), strict=True):
        if any(isinstance(value, Default) for value in given):
            yield one


# -- before the set runs -----------------------------------------------------------------------


def capture_before(
    connection: Connection,
    editing: Editing,
    catalog: Catalog,
    wanted: Rereading,
    captured: Captured,
    *,
    lock: bool = True,
) -> None:
    """Read what will be gone: deleted rows, values the set does not name, cascades."""
    deleted: dict[TableRef, list[Row]] = {}
    updated: list[Rekeyed] = []
    for ref, changes in wanted.before.items():
        for index, row in _read(connection, editing, wanted.tables[ref], changes, lock=lock):
            captured.old[index] = row
            change = changes[index]
            if isinstance(change, Delete):
                deleted.setdefault(ref, []).append(row)
            else:
                changed = (n for n, v in change.after.items() if n in row and row[n] != v)
                updated.append(Rekeyed(ref, frozenset(changed), (row,)))
    for one in consequences(connection, editing, catalog, deleted, lock=lock):
        if one.action == "CASCADE":
            captured.cascaded.extend((one.table.ref, row) for row in one.rows)
        elif not one.blocks:
            _keep(captured, one)
    for one in severed_by(connection, editing, catalog, updated, lock=lock):
        _keep(captured, one)


def _keep(captured: Captured, one: Consequence) -> None:
    if one.table.has_identity:
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
    wanted: Rereading,
    identities: Mapping[int, Mapping[str, Value]],
    old: Mapping[int, Row],
) -> dict[int, Row]:
    """Read the rows whose new values only the database knows; `old` is what they were."""
    left: dict[int, Row] = {}
    for ref, changes in wanted.after.items():
        table = wanted.tables[ref]
        if not table.has_identity:
            continue
        named = {
            index: dict(identities.get(index) or new_identity(table, change, old.get(index)))
            for index, change in changes.items()
        }
        left.update(_read(connection, editing, table, changes, named=named))
    return left


def capture_severed(
    connection: Connection,
    editing: Editing,
    catalog: Catalog,
    severed: Sequence[Severed],
    changes: Sequence[Change],
) -> list[Severed]:
    """The same, with what the rows hold now; rows that `changes` deleted are left out."""
    found: list[Severed] = []
    changed = {change.key: change for change in changes if severed}
    for ref, rows in groupby(sorted(severed, key=_TABLE), key=_TABLE):
        table, mine = catalog.table(ref), list(rows)
        named = [_identity_now(table, one.row, changed) for one in mine]
        now = {
            _comparable(identity_of(table, row).values()): row
            for row in rows_where(connection, editing, table, named)
        }
        for one, key in zip(mine, named, strict=True):
            row = now.get(_comparable(key.values()))
            if row is not None:
                found.append(replace(one, now=row))
    return found


def _identity_now(table: Table, row: Row, changed: Mapping[RowKey, Change]) -> dict[str, Value]:
    """What names `row` after the set, which may have given it another key."""
    named = identity_of(table, row)
    change = changed.get(row_key(table.ref, named))
    return named if change is None else named | new_identity(table, change)


def new_identity(table: Table, change: Change, old: Row | None = None) -> dict[str, Value]:
    """What names the row after the change, as far as that or `old`, its row before, says it."""
    known: dict[str, Assigned] = dict(change.identity)
    if old is not None:
        known.update((name, old[name]) for name in table.identity)
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
    keys: dict[int, Mapping[str, Value]] = {
        index: named[index] if named is not None else change.identity
        for index, change in wanted.items()
    }
    for index in _vague(table, keys) if named is None else ():
        # Only all that is known of the row names it.
        told = {**keys.pop(index), **wanted[index].before}
        rows = list(rows_where(connection, editing, table, [told], lock=lock))
        yield from ((index, row) for row in rows if len(rows) == 1)
    for names, places in _by_names(keys).items():
        chosen = [keys[index] for index in places.values()]
        named_by = _values_of(names)
        for row in rows_where(connection, editing, table, chosen, lock=lock):
            at = places.get(_comparable(named_by(row)))
            if at is None and len(places) == 1:
                (at,) = places.values()
            if at is not None:
                yield at, row


def _by_names(
    keys: Mapping[int, Mapping[str, Value]],
) -> dict[tuple[str, ...], dict[object, int]]:
    groups: dict[tuple[str, ...], dict[object, int]] = {}
    for index, key in keys.items():
        if key:
            groups.setdefault(tuple(key), {})[_comparable(key.values())] = index
    return groups


def _vague(table: Table, keys: Mapping[int, Mapping[str, Value]]) -> list[int]:
    """The changes whose identity alone may name several rows."""
    named: dict[tuple[str, ...], bool] = {}
    found: list[int] = []
    for index, key in keys.items():
        names = tuple(key)
        if names not in named:
            named[names] = _is_named(table, names)
        if not named[names] or None in key.values():
            found.append(index)
    return found


def _values_of(names: Sequence[str]) -> Callable[[Row], tuple[Value, ...]]:
    if len(names) > 1:
        return itemgetter(*names)
    (name,) = names
    return lambda row: (row[name],)


def _comparable(values: Iterable[Value]) -> object:
    return tuple([str(int(v)) if v is True or v is False else str(v) for v in values])
