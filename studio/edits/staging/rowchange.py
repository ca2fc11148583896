"""A row as a person saw it, and what they want of it → a change."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from studio.model.catalog import Column, ColumnKind, IdentityKind, Table, TableKind
from studio.model.change import DEFAULT, Assigned, Delete, Insert, Update
from studio.model.page import Shortened, Value

_EXACT = {ColumnKind.INTEGER, ColumnKind.UUID}
"""Kinds in which equal values are the same value; texts may be equal in another case."""


@dataclass(frozen=True, slots=True)
class SeenRow:
    """One row of a page."""

    identity: tuple[Value, ...]
    """As `Table.identity` names it; whole values."""
    values: Mapping[str, Value]
    """By column, as shown."""

    def with_whole(self, values: Mapping[str, Value]) -> "SeenRow":
        """The same row with some values fetched whole."""
        return SeenRow(self.identity, {**self.values, **values})


def shown_columns(table: Table) -> tuple[Column, ...]:
    """The columns that rows of `table` are shown with."""
    return tuple(column for column in table.columns if not column.hidden)


def needed_whole(table: Table, row: SeenRow, changed: tuple[str, ...]) -> tuple[str, ...]:
    """The columns of which the page has only the head, and the change needs all.

    Without a key every old value is part of what names the row.
    """
    every = table.identity_kind in {IdentityKind.CTID, IdentityKind.NONE}
    return tuple(
        name
        for name, value in row.values.items()
        if isinstance(value, Shortened) and (every or name in changed)
    )


def updated(table: Table, row: SeenRow, after: Mapping[str, Assigned]) -> Update:
    """Other values for the row, provided it still holds everything that was seen whole."""
    return Update(table.ref, named(table, row), _seen_whole(table, row, after), after)


def deleted(table: Table, row: SeenRow) -> Delete:
    """The end of the row, under the same condition."""
    return Delete(table.ref, named(table, row), _seen_whole(table, row))


def duplicated(table: Table, values: Mapping[str, Assigned]) -> Insert:
    """A new row with the same values, save those the database gives or that must differ."""
    single_key = len(table.primary_key) == 1
    after = {
        column.name: values[column.name]
        for column in shown_columns(table)
        if column.name in values
        and column.generated is None
        and not column.identity
        and values[column.name] is not DEFAULT
        and not (single_key and column.name in table.primary_key and column.default is not None)
    }
    return Insert(table.ref, after)


def named(table: Table, row: SeenRow) -> dict[str, Value]:
    """What names the row: all it holds, where a view has nothing better."""
    if not table.identity:
        return dict(row.values)
    return dict(zip(table.identity, row.identity, strict=True))


def awaits(column: Column, table: Table) -> str:
    """What a new row gets in a column nobody set: `auto`, `default`, `computed`, or `required`;
    empty: NULL.
    """
    if column.generated is not None:
        return "computed"
    if column.identity:
        return "auto"
    if column.default is not None:
        return "default"
    if not column.nullable and table.kind is not TableKind.VIEW:
        return "required"
    return ""


def _seen_whole(
    table: Table, row: SeenRow, after: Mapping[str, Assigned] = MappingProxyType({})
) -> dict[str, Value]:
    """What was seen, less what naming the row compares exactly anyway."""
    exact = {
        name
        for name in table.identity
        if name in row.values and name not in after and table.column(name).kind in _EXACT
    }
    return {
        name: value
        for name, value in row.values.items()
        if name not in exact and not isinstance(value, Shortened)
    }
