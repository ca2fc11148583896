"""Values that are written in another way and still are what a row holds: the engine says so."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TypeAlias

from studio.backends.halves.editing import Editing, Spelled
from studio.db.session import Session
from studio.model.catalog import Table, TableRef
from studio.model.change import Change, Update
from studio.model.errors import ConnectionLost, StatementFailed

Spellings: TypeAlias = Mapping[Spelled, str]
"""How the engine writes what it reads from a text of a type."""
_MOST = 500
"""Texts asked about; with more of them, what is held already is written once more."""


async def spellings(
    session: Session, rules: Editing, tables: Mapping[TableRef, Table], changes: Sequence[Change]
) -> Spellings:
    """How the engine would write the values that `changes` set, where a type has several spellings
    of one value. Raises ConnectionLost, ConnectFailed.
    """
    asked = tuple(islice(_asked(rules, tables, changes), _MOST))
    if not asked:
        return {}
    try:
        found = await session.glance(lambda connection: rules.respelled(connection, asked))
    except ConnectionLost:
        raise
    except StatementFailed:
        # One of them is no value of its type: the write will say which.
        return {}
    return dict(zip(asked, found, strict=True))


def _asked(
    rules: Editing, tables: Mapping[TableRef, Table], changes: Sequence[Change]
) -> dict[Spelled, None]:
    found: dict[Spelled, None] = {}
    columns = {
        ref: {column.name: column for column in table.columns} for ref, table in tables.items()
    }
    for change in changes:
        if not isinstance(change, Update):
            continue
        for name, value in change.after.items():
            # First of all: there may be ten thousand edits of numbers.
            if not isinstance(value, str):
                continue
            column, was = columns[change.table].get(name), change.before.get(name)
            if column is None or value == was or was is None:
                continue
            if rules.has_spellings(value, column):
                found[Spelled(column.type_name, value)] = None
    return found
