"""What tells one row of an SQLite table from every other."""

from collections.abc import Iterable, Sequence
from typing import Any

from studio.model.catalog import Column, IdentityKind, Index, TableKind

ROWID_NAMES = ("rowid", "_rowid_", "oid")
_MOST_COLUMNS = 2000
"""Of a result (SQLITE_MAX_COLUMN): a table that has so many leaves no room for its rowid."""
_NOTHING: tuple[tuple[str, ...], IdentityKind] = ((), IdentityKind.NONE)


def is_rowid_alias(
    rows: Sequence[Sequence[Any]], indexes: Iterable[Index], *, without_rowid: bool
) -> bool:
    """Whether the primary key is the rowid itself, from `PRAGMA table_xinfo` rows.

    `INTEGER PRIMARY KEY DESC` is not: an old bug, kept for compatibility. It shows by the index
    SQLite had to make for it.
    """
    keys = [row for row in rows if row[6]]
    if without_rowid or len(keys) != 1 or keys[0][3].upper() != "INTEGER":
        return False
    name = keys[0][2]
    return not any(
        index.constraint and index.name.startswith("sqlite_autoindex_") and index.columns == (name,)
        for index in indexes
    )


def identity(
    kind: TableKind,
    columns: tuple[Column, ...],
    primary_key: tuple[str, ...],
    indexes: tuple[Index, ...],
    *,
    alias: bool,
    without_rowid: bool,
) -> tuple[tuple[str, ...], IdentityKind]:
    """The columns that name one row, and what they are.

    The rowid comes before any other primary key: SQLite lets those hold NULL, and reads in rowid
    order are the fastest it has. A rowid that is no INTEGER PRIMARY KEY may change with VACUUM.
    """
    if kind is TableKind.VIEW or not columns:
        return _NOTHING
    if alias or (without_rowid and primary_key):
        return primary_key, IdentityKind.PRIMARY_KEY
    taken = {column.name.lower() for column in columns}
    free = next((name for name in ROWID_NAMES if name not in taken), None)
    if free is not None and not without_rowid and len(columns) < _MOST_COLUMNS:
        return (free,), IdentityKind.ROWID
    return _unique(columns, indexes)


def unnamed_because(columns: tuple[Column, ...], kind: IdentityKind) -> str:
    """Why rows have no names, in a few words; empty where there is just no key."""
    if kind is not IdentityKind.NONE:
        return ""
    if len(columns) >= _MOST_COLUMNS:
        return f"no room for the rowid beside {len(columns):,} columns"
    if {column.name.lower() for column in columns} >= set(ROWID_NAMES):
        return "columns take every name of the rowid"
    return ""


def _unique(
    columns: tuple[Column, ...], indexes: tuple[Index, ...]
) -> tuple[tuple[str, ...], IdentityKind]:
    never_null = {column.name for column in columns if not column.nullable}
    for index in indexes:
        whole = index.predicate is None and len(index.columns) == len(index.parts)
        if index.unique and whole and never_null.issuperset(index.columns):
            return index.columns, IdentityKind.UNIQUE
    return _NOTHING
