"""Which columns of a table the columns of a file are, and which types a new table should have."""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

from studio.loading.reading import FileRecord
from studio.loading.source import RowSource
from studio.model.catalog import ColumnKind, Table
from studio.model.change import Assigned
from studio.model.document import JsonText
from studio.model.errors import ConfigInvalid

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,18})", re.ASCII)
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+", re.ASCII)
_REAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|-?(?:inf|Infinity)|NaN")
_INT64 = 2**63
_WIDER = {
    frozenset({ColumnKind.INTEGER, ColumnKind.DECIMAL}): ColumnKind.DECIMAL,
    frozenset({ColumnKind.INTEGER, ColumnKind.REAL}): ColumnKind.REAL,
    frozenset({ColumnKind.DECIMAL, ColumnKind.REAL}): ColumnKind.REAL,
}
"""Two kinds, and what holds the values of both; of others, text does."""

_KINDS: dict[type, ColumnKind] = {
    JsonText: ColumnKind.JSON,
    bool: ColumnKind.BOOLEAN,
    int: ColumnKind.INTEGER,
    float: ColumnKind.REAL,
    bytes: ColumnKind.BYTES,
}


def names_of(source: RowSource) -> tuple[str, ...]:
    """The names of a file's columns, in its order: of no rows with names in each, none. Raises
    ConfigInvalid.
    """
    first = next(iter(source.records()), None)
    if first is None and source.names_in_rows:
        return ()
    if first is None:
        raise ConfigInvalid(f"{source.name} is empty: there are no names of columns in it")
    if first.problem:
        raise ConfigInvalid(f"{source.name}:{first.line}: {first.problem}")
    if first.values is not None:
        return tuple(first.values)
    names = tuple(name or "" for name in first.cells)
    if any("\0" in name for name in names):
        raise ConfigInvalid(f"{source.name} is not UTF-8 text: convert it with iconv first")
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ConfigInvalid(f"{source.name} has two columns called {twice!r}")
    return names


def mapped(names: Sequence[str], table: Table) -> dict[str, str]:
    """The table's column for each name of the file: exactly so called, or but for case.

    Generated columns are left out: the database makes them. Raises ConfigInvalid.
    """
    found: dict[str, str] = {}
    folded: dict[str, list[str]] = {}
    for known in table.column_names:
        folded.setdefault(known.casefold(), []).append(known)
    for name in names:
        alike = folded.get(name.casefold(), [])
        column: str | None = (
            name if name in table.column_names else alike[0] if len(alike) == 1 else None
        )
        if column is None:
            raise ConfigInvalid(
                f"{table.ref} has no column {name!r}; it has {', '.join(table.column_names)}"
            )
        if column in found.values():
            raise ConfigInvalid(f"two columns of the file are {column!r}")
        if table.column(column).generated is None:
            found[name] = column
    return found


def proposed(source: RowSource, names: Sequence[str]) -> dict[str, ColumnKind]:
    """For each name, the kind that holds every value of the file, seen from end to end."""
    kinds: dict[str, ColumnKind | None] = dict.fromkeys(names)
    for record in _rows(source):
        if record.values is not None:
            for name, value in record.values.items():
                if name in kinds:
                    kinds[name] = _both(kinds[name], _kind_of(value))
        else:
            for name, cell in zip(names, record.cells, strict=False):
                kinds[name] = _both(kinds[name], _kind_of_text(cell))
    return {name: kind or ColumnKind.TEXT for name, kind in kinds.items()}


def _rows(source: RowSource) -> Iterable[FileRecord]:
    records = iter(source.records())
    if not source.names_in_rows:
        next(records, None)
    return (record for record in records if not record.problem)


def _both(known: ColumnKind | None, seen: ColumnKind | None) -> ColumnKind | None:
    if known is None or seen is None or known is seen:
        return known or seen
    return _WIDER.get(frozenset({known, seen}), ColumnKind.TEXT)


def _kind_of_text(cell: str | None) -> ColumnKind | None:
    if cell is None:
        return None
    if _INTEGER.fullmatch(cell) and cell != "-0":
        return ColumnKind.INTEGER if -_INT64 <= int(cell) < _INT64 else ColumnKind.DECIMAL
    if _DECIMAL.fullmatch(cell):
        # A double that prints so is one; anything longer is more exact than that.
        return ColumnKind.REAL if repr(float(cell)) == cell else ColumnKind.DECIMAL
    return ColumnKind.REAL if _REAL.fullmatch(cell) else ColumnKind.TEXT


def _kind_of(value: Assigned) -> ColumnKind | None:
    if value is None:
        return None
    if isinstance(value, Decimal):
        is_double = repr(float(value)) == str(value) or "E" in str(value)
        return ColumnKind.REAL if is_double else ColumnKind.DECIMAL
    if type(value) is int and not -_INT64 <= value < _INT64:
        return ColumnKind.DECIMAL
    return _KINDS.get(type(value), ColumnKind.TEXT)
