"""Which rows are read inside a set's transaction, because the set alone could not be undone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from studio.backends.halves.editing import Editing
from studio.edits.applying.cascades import follows_update
from studio.edits.sql.layout import Group
from studio.model.catalog import Catalog, IdentityKind, Table, TableRef
from studio.model.change import Change, Default, Delete, Update
from studio.model.document import JsonText

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
    """Rows of which only the database knows what they hold then: defaults, triggers, rules, values
    a column keeps in its own way.
    """


def rereading(
    tables: Mapping[TableRef, Table],
    groups: Sequence[Group],
    catalog: Catalog,
    editing: Editing,
) -> Rereading:
    """What must be read inside the transaction so that the set can be taken back."""
    before: _Wanted = {}
    after: _Wanted = {}
    for group in groups:
        op, ref = group.layout.op, group.layout.table
        table = tables[ref]
        fills_in = _fills_in(table, catalog)
        if op is Delete or (op is Update and (fills_in or _is_partial(group, table, catalog))):
            before.setdefault(ref, {}).update(_by_place(group))
        if op is Update and not fills_in and _stands_as_given(group, table, editing):
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
        or not is_named(table, named)
        or any(type(None) in column.types for column in group.columns["identity"])
        # What was given as JSON says what the row holds, but not as it is written there.
        or any(JsonText in column.types for column in group.columns["before"])
        or any(
            follows_update(key) and not set(given).isdisjoint(key.target_columns)
            for _, key in catalog.referencing(ref)
        )
    )


def is_named(table: Table, names: Sequence[str]) -> bool:
    """Whether values in these columns name one row, NULL aside."""
    # Where not even the catalog trusts a key to name a row, it holds in one table of several.
    trusted = table.identity_kind not in {IdentityKind.CTID, IdentityKind.NONE}
    keys = (table.identity, *((table.primary_key, *_unique(table)) if trusted else ()))
    return any(key and set(key) <= set(names) for key in keys)


def _unique(table: Table) -> Iterator[tuple[str, ...]]:
    for index in table.indexes:
        if index.unique and index.predicate is None and len(index.columns) == len(index.parts):
            yield index.columns


def _fills_in(table: Table, catalog: Catalog) -> bool:
    """Whether only the database knows a row's end: triggers and rules may write something else than
    what was given, and without a key a changed row gets another name.
    """
    if table.identity_kind in {IdentityKind.CTID, IdentityKind.NONE} or table.rules:
        return True
    return any(
        trigger.enabled and not {"INSERT", "UPDATE"}.isdisjoint(trigger.events)
        for one in (table, *catalog.below(table.ref))
        for trigger in one.triggers
    )


def _stands_as_given(group: Group, table: Table, editing: Editing) -> bool:
    """Whether what is written is, to the letter, what is there afterwards."""
    columns = {column.name: column for column in table.columns}
    given = zip(group.layout.after, group.columns["after"], strict=True)
    return all(
        name not in columns or editing.stores_as_given(values.types - {Default}, columns[name])
        for name, values in given
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
