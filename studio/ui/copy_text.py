"""Values as text to paste elsewhere."""

import json
import re
from collections.abc import Sequence
from math import isfinite, isnan

from studio.model.catalog import Column, ColumnKind, TableRef
from studio.model.page import Shortened, Value

_INTEGER = re.compile(r"-?[0-9]{1,40}")
_BOOLEANS = {"t": True, "f": False, "true": True, "false": False}


def as_text(value: Value) -> str:
    """A value as a person would type it; NULL is empty, bytes are hex."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Shortened):
        return as_text(value.head)
    # TEXT that is not UTF-8 carries its bytes as surrogates, which no clipboard can hold.
    return str(value).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def as_tsv(values: Sequence[Value]) -> str:
    """One line of tab-separated values; tabs, line ends and backslashes escaped as COPY does."""
    escapes = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
    return "\t".join("\\N" if v is None else as_text(v).translate(escapes) for v in values)


def as_json(columns: Sequence[Column], values: Sequence[Value]) -> str:
    """One JSON object."""
    pairs = zip(columns, values, strict=False)
    named = {as_text(c.name): _json(c.kind, v) for c, v in pairs}
    return json.dumps(named, indent=2, ensure_ascii=False, allow_nan=False)


def as_insert(table: TableRef, columns: Sequence[Column], values: Sequence[Value]) -> str:
    """An INSERT to read or save; generated columns are left out. Never run by studio."""
    pairs = [(c, v) for c, v in zip(columns, values, strict=False) if c.generated is None]
    parts = [part for part in (table.schema, table.name) if part is not None]
    target = ".".join(map(_quoted, parts))
    names = ", ".join(_quoted(column.name) for column, _ in pairs)
    literals = ", ".join(_literal(value) for _, value in pairs)
    return f"INSERT INTO {target} ({names}) VALUES ({literals});"


def _json(kind: ColumnKind, value: Value) -> object:
    """PostgreSQL's values come as its own text: what JSON has a word for is said in it."""
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    text = as_text(value)
    if kind is ColumnKind.INTEGER and isinstance(value, str) and _INTEGER.fullmatch(text):
        return int(text)
    if kind is ColumnKind.BOOLEAN and text in _BOOLEANS:
        return _BOOLEANS[text]
    return text


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(value: Value) -> str:
    match value:
        case None:
            return "NULL"
        case float() if not isfinite(value):
            # No SQL has a word for it that every engine reads; too large a number becomes it.
            return "NULL" if isnan(value) else f"{'-' if value < 0 else ''}9e999"
        case bool() | int() | float():
            return str(value)
        case bytes():
            return f"x'{value.hex()}'"
        case str() if "\0" in value or not _is_utf8(value):
            # SQL text ends at a NUL, and cannot hold bytes that are no text.
            raw = value.encode("utf-8", "surrogateescape")
            return f"CAST(x'{raw.hex()}' AS TEXT)"
    return "'" + as_text(value).replace("'", "''") + "'"


def _is_utf8(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)
