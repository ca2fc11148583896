"""Rows by their identity, whole and as they are: what guards, undo and conflicts compare with."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias, cast

from sqlalchemy import ColumnElement, Connection, Select, and_, column, or_, select
from sqlalchemy import table as table_clause

from studio.backends.base import identifier
from studio.backends.editing import Editing
from studio.model.catalog import Column, Table
from studio.model.page import Value

Row: TypeAlias = dict[str, Value]
_CHUNK = 200


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
) -> Iterator[Row]:
    """Whole rows that hold any of `keys`, all naming the same columns; in no order."""
    names = readable(table)
    for start in range(0, len(keys), _CHUNK):
        chosen = keys[start : start + _CHUNK]
        query = relation(table).add_columns(*(column(identifier(name)) for name in names))
        condition, bound = _any_of(chosen, table, editing)
        query = query.where(condition)
        if lock and editing.lock_rows():
            query = query.with_for_update()
        for found in connection.execute(query, bound).fetchall():
            yield dict(zip(names, cast("tuple[Value, ...]", tuple(found)), strict=True))


def _any_of(
    keys: Sequence[Mapping[str, Value]], table: Table, editing: Editing
) -> tuple[ColumnElement[bool], dict[str, object]]:
    columns = {one.name: one for one in table.columns}
    if len(keys[0]) == 1:
        (name,) = keys[0]
        slots = [editing.slot(key[name], columns.get(name)) for key in keys]
        if all(slot.as_is and slot.value is not None for slot in slots):
            listed = editing.parameter("keys", many=True)
            return column(identifier(name)).in_(listed), {"keys": [s.value for s in slots]}
    bound: dict[str, object] = {}
    return or_(*(_all_of(key, columns, editing, bound) for key in keys)), bound


def _all_of(
    key: Mapping[str, Value],
    columns: Mapping[str, Column],
    editing: Editing,
    bound: dict[str, object],
) -> ColumnElement[bool]:
    terms: list[ColumnElement[bool]] = []
    for name, value in key.items():
        here: ColumnElement[object] = column(identifier(name))
        if value is None:
            terms.append(here.is_(None))
            continue
        slot = editing.slot(value, columns.get(name))
        place = f"key_{len(bound)}"
        bound[place] = slot.value
        terms.append(editing.same(slot.form, here, editing.parameter(place), columns.get(name)))
    return and_(*terms)


def identity_of(table: Table, row: Mapping[str, Value]) -> Row:
    """What names `row`; empty where nothing does."""
    return {name: row[name] for name in table.identity}
