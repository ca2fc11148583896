"""Rows by their identity, whole and as they are: what guards, undo and conflicts compare with."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias, cast

from sqlalchemy import BindParameter, ColumnElement, Connection, Select, and_, column, or_, select
from sqlalchemy import table as table_clause

from studio.backends.base import identifier
from studio.backends.halves.editing import Editing, ValueSlot
from studio.model.catalog import Column, Table
from studio.model.page import Value

Row: TypeAlias = dict[str, Value]
_CHUNK = 200
NOT_REFERRING: Mapping[str, Column | None] = MappingProxyType({})


def relation(table: Table) -> Select[tuple[object, ...]]:
    """SELECT from `table`, without columns yet."""
    schema = identifier(table.ref.schema) if table.ref.schema is not None else None
    named = table_clause(identifier(table.ref.name), schema=schema)
    return cast("Select[tuple[object, ...]]", select().select_from(named))


def readable(table: Table) -> tuple[str, ...]:
    """The columns of a whole row, and what names it besides."""
    names = tuple(one.name for one in table.columns if not one.hidden)
    return (*names, *(name for name in table.identity if name not in names))


def rows_where(
    connection: Connection,
    editing: Editing,
    table: Table,
    keys: Sequence[Mapping[str, Value]],
    *,
    lock: bool = False,
    parents: Mapping[str, Column | None] = NOT_REFERRING,
) -> Iterator[Row]:
    """Whole rows that hold any of `keys`, all naming the same columns; in no order.

    `parents`: what each of these columns refers to, when rows that refer are looked for; then none
    of a table that inherits from this one, as foreign keys do.
    """
    names = readable(table)
    for start in range(0, len(keys), _CHUNK):
        chosen = keys[start : start + _CHUNK]
        query = relation(table).add_columns(*(column(identifier(name)) for name in names))
        condition, bound = _any_of(chosen, _Names(table, editing, parents))
        query = query.where(condition)
        if parents:
            query = editing.own_rows(query, table, query.get_final_froms()[0])
        if lock and editing.lock_rows():
            query = query.with_for_update()
        for found in connection.execute(query, bound).fetchall():
            yield dict(zip(names, cast("tuple[Value, ...]", tuple(found)), strict=True))


@dataclass(frozen=True, slots=True)
class _Names:
    """How the columns of one table are compared with what names a row."""

    table: Table
    editing: Editing
    parents: Mapping[str, Column | None]

    def here(self, name: str, own: Column | None) -> ColumnElement[object]:
        found: ColumnElement[object] = column(identifier(name))
        if name in self.parents:
            return self.editing.referring(found, own, self.parents[name])
        return found

    def holds(
        self, name: str, slot: ValueSlot, parameter: BindParameter[object], own: Column | None
    ) -> ColumnElement[bool]:
        """Equality where an index serves it; a value that names no row may have none (json)."""
        compare = self.editing.same if self.is_key(name) else self.editing.unchanged
        return compare(slot.form, self.here(name, own), parameter, own)

    def is_key(self, name: str) -> bool:
        """Whether an index may serve a search for it."""
        table = self.table
        return (
            name in self.parents
            or name in table.identity
            or name not in table.column_names
            or any(name in index.columns for index in table.indexes)
            or any(name in key.columns for key in table.foreign_keys)
        )


def _any_of(
    keys: Sequence[Mapping[str, Value]], names: _Names
) -> tuple[ColumnElement[bool], dict[str, object]]:
    columns = {one.name: one for one in names.table.columns}
    editing = names.editing
    if len(keys[0]) == 1:
        (name,) = keys[0]
        slots = [editing.slot(key[name], columns.get(name)) for key in keys]
        if names.is_key(name) and all(s.as_is and s.value is not None for s in slots):
            listed = editing.parameter("keys", many=True)
            here = names.here(name, columns.get(name))
            return here.in_(listed), {"keys": [s.value for s in slots]}
    bound: dict[str, object] = {}
    return or_(*(_all_of(key, columns, names, bound) for key in keys)), bound


def _all_of(
    key: Mapping[str, Value],
    columns: Mapping[str, Column],
    names: _Names,
    bound: dict[str, object],
) -> ColumnElement[bool]:
    terms: list[ColumnElement[bool]] = []
    for name, value in key.items():
        if value is None:
            terms.append(column(identifier(name)).is_(None))
            continue
        slot = names.editing.slot(value, columns.get(name))
        place = f"key_{len(bound)}"
        bound[place] = slot.value
        parameter = names.editing.parameter(place)
        terms.append(names.holds(name, slot, parameter, columns.get(name)))
    return and_(*terms)


def identity_of(table: Table, row: Mapping[str, Value]) -> Row:
    """What names `row`; empty where nothing does."""
    return {name: row[name] for name in table.identity}
