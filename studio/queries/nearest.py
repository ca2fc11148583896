"""What a name that is not there was meant to be: the closest of those that are."""

from collections.abc import Iterable
from difflib import get_close_matches

from studio.model.catalog import Catalog, Table
from studio.model.errors import StatementFailed
from studio.sqltext.cursor import cursor_at
from studio.sqltext.names import DottedName, name_at
from studio.sqltext.query_scopes import Source, SourceKind
from studio.sqltext.syntax import Syntax

_MOST_NAMES = 5_000
"""Compared at most: more would be felt."""
_LONGEST = 100
"""Characters of a name that somebody mistyped."""


def misnamed(error: StatementFailed, syntax: Syntax) -> DottedName | None:
    """The name that the statement of `error` has and the database has not, where it has a place."""
    if not error.missing or error.position is None:
        return None
    return name_at(error.sql, error.position, syntax)


def nearest(error: StatementFailed, syntax: Syntax, catalog: Catalog) -> str:
    """The closest name there is; "" where none is close."""
    name = misnamed(error, syntax)
    if name is None:
        return ""
    found = cursor_at(error.sql, name.start + 1, syntax).sources
    if error.missing == "table" and _is_source(name, found):
        return closest(name.parts[-1], _relations(name, catalog))
    if len(name.parts) > 1:
        known = [source for source in found if _same(source.alias, name.parts[-2])]
        if not known:
            return closest(name.parts[-2], (source.alias for source in found))
        found = tuple(known)
    columns = (
        column
        for source in found
        if (table := _table(source, catalog)) is not None
        for column in table.column_names
    )
    return closest(name.parts[-1], columns)


def _is_source(name: DottedName, found: Iterable[Source]) -> bool:
    return any(
        source.kind is SourceKind.TABLE and _same(source.name, name.parts[-1]) for source in found
    )


def _relations(name: DottedName, catalog: Catalog) -> Iterable[str]:
    schema = name.parts[-2] if len(name.parts) > 1 else None
    return (
        table.ref.name
        for table in catalog.tables()
        if schema is None or table.ref.schema is None or _same(table.ref.schema, schema)
    )


def _table(source: Source, catalog: Catalog) -> Table | None:
    for table in catalog.tables():
        is_schema = source.schema is None or _same(table.ref.schema or "", source.schema)
        if is_schema and _same(table.ref.name, source.name):
            return table
    return None


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def closest(typed: str, names: Iterable[str]) -> str:
    """The one of `names` that `typed` was meant to be; "" where none is close."""
    if len(typed) > _LONGEST:
        return ""
    by_folded: dict[str, str] = {}
    for name in names:
        if len(by_folded) >= _MOST_NAMES:
            break
        if len(name) <= _LONGEST:
            by_folded.setdefault(name.casefold(), name)
    found = get_close_matches(typed.casefold(), by_folded, n=1, cutoff=0.5)
    return by_folded[found[0]] if found else ""
