"""SQLite's affinities, and studio's idea of a column by the name its type was given."""

import re
from enum import StrEnum
from functools import lru_cache

from studio.model.catalog import Column, ColumnKind


class Affinity(StrEnum):
    """What SQLite does to a value on its way into a column (datatype3, §3.1)."""

    INTEGER = "INTEGER"
    TEXT = "TEXT"
    BLOB = "BLOB"
    REAL = "REAL"
    NUMERIC = "NUMERIC"


def affinity(type_name: str) -> Affinity:
    """SQLite's own rule, in its own order: `CHARINT` is INTEGER, `FLOATING POINT` too."""
    name = type_name.upper()
    if "INT" in name:
        return Affinity.INTEGER
    if "CHAR" in name or "CLOB" in name or "TEXT" in name:
        return Affinity.TEXT
    if "BLOB" in name or not name:
        return Affinity.BLOB
    if "REAL" in name or "FLOA" in name or "DOUB" in name:
        return Affinity.REAL
    return Affinity.NUMERIC


def kept_by(column: Column) -> Affinity:
    """The affinity of `column`."""
    return Affinity(column.affinity) if column.affinity else affinity(column.type_name)


_BY_NAME: tuple[tuple[re.Pattern[str], ColumnKind], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), kind)
    for pattern, kind in (
        (r"bool", ColumnKind.BOOLEAN),
        (r"json", ColumnKind.JSON),
        (r"\b(?:uuid|guid|uniqueidentifier)\b", ColumnKind.UUID),
        (r"\b(?:datetime|timestamp)", ColumnKind.TIMESTAMP),
        (r"\bdate\b", ColumnKind.DATE),
        (r"\btime(?:tz)?\b", ColumnKind.TIME),
        (r"\b(?:(?:var)?binary|bytea|image)\b", ColumnKind.BYTES),
        (r"\b(?:decimal|numeric|number|money|dec)\b", ColumnKind.DECIMAL),
    )
)
_BY_AFFINITY = {
    Affinity.INTEGER: ColumnKind.INTEGER,
    Affinity.TEXT: ColumnKind.TEXT,
    Affinity.BLOB: ColumnKind.BYTES,
    Affinity.REAL: ColumnKind.REAL,
    Affinity.NUMERIC: ColumnKind.ANY,
}


@lru_cache(1024)
def kind(type_name: str) -> ColumnKind:
    """What values are probably in a column declared so; SQLite itself promises little."""
    if not type_name or type_name.upper() == "ANY":
        return ColumnKind.ANY
    for pattern, named in _BY_NAME:
        if pattern.search(type_name):
            return named
    return _BY_AFFINITY[affinity(type_name)]
