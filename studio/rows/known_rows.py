"""Conditions that keep the very rows of a table that a query gave, by the table's key."""

import re
from collections.abc import Sequence

from studio.model.catalog import Column, ColumnKind, Table
from studio.model.errors import Refused
from studio.model.page import AllOf, AnyOf, Condition, Filter, Operator, Value

MOST_ROWS = 100
"""So many are named in one filter."""
_AS_THEY_ARE = frozenset(
    {ColumnKind.INTEGER, ColumnKind.DECIMAL, ColumnKind.TEXT, ColumnKind.UUID, ColumnKind.BOOLEAN}
    | {ColumnKind.ENUM, ColumnKind.NETWORK, ColumnKind.ANY}
)
"""Kinds whose text is the same in every session, whatever is set there."""
_ISO = re.compile(r"[0-9]{4,}-[0-9]{2}-[0-9]{2}")


def known_rows(
    table: Table, columns: Sequence[str], rows: Sequence[Sequence[Value]]
) -> tuple[Condition, ...]:
    """`columns` are those of `rows`, by their names in the table. Raises Refused where they do not
    name rows for certain.
    """
    if not table.has_identity or not set(table.identity) <= set(table.column_names):
        raise Refused(f"{table.ref} has no key that names its rows")
    if not rows:
        raise Refused("there are no rows to open")
    keys = [table.column(name) for name in table.identity]
    places = [_place(key, columns, table) for key in keys]
    for row in rows:
        for key, place in zip(keys, places, strict=True):
            _refuse_other_spelling(row[place], key)
    if len(keys) == 1:
        values = tuple(row[places[0]] for row in rows)
        if len(values) == 1:
            return (Filter(keys[0].name, Operator.EQUAL, values[0]),)
        return (Filter(keys[0].name, Operator.IN, values=values),)
    named = [
        tuple(
            Filter(key.name, Operator.EQUAL, row[place])
            for key, place in zip(keys, places, strict=True)
        )
        for row in rows
    ]
    return named[0] if len(named) == 1 else (AnyOf(tuple(AllOf(one) for one in named)),)


def _place(key: Column, columns: Sequence[str], table: Table) -> int:
    if list(columns).count(key.name) != 1:
        raise Refused(f"the key of {table.ref} is not among the columns: select {key.name} too")
    return columns.index(key.name)


def _refuse_other_spelling(value: Value, key: Column) -> None:
    """A person's session may print what another one reads as another value, or not whole."""
    if value is None:
        raise Refused(f"{key.name} is NULL there, and names no row")
    if not isinstance(value, str) or key.kind in _AS_THEY_ARE:
        return
    is_date = key.kind in {ColumnKind.DATE, ColumnKind.TIMESTAMP}
    if not (is_date and _ISO.match(value)):
        raise Refused(f"{key.name} is printed as this session likes, and might name another row")
