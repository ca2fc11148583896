"""Values as text to paste elsewhere."""

import json
from collections.abc import Sequence

from studio.model.catalog import Column, TableRef
from studio.model.page import Shortened, Value


def as_text(value: Value) -> str:
    """A value as a person would type it; NULL is empty, bytes are hex."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Shortened):
        return as_text(value.head)
    return str(value).encode("utf-8", "replace").decode("utf-8")


def as_tsv(values: Sequence[Value]) -> str:
    """One line of tab-separated values; tabs, line ends and backslashes escaped as COPY does."""
    escapes = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
    return "\t".join("\\N" if v is None else as_text(v).translate(escapes) for v in values)


def as_json(columns: Sequence[Column], values: Sequence[Value]) -> str:
    """One JSON object."""
    pairs = zip(columns, values, strict=False)
    return json.dumps({c.name: _json(v) for c, v in pairs}, indent=2, ensure_ascii=False)


def as_insert(table: TableRef, columns: Sequence[Column], values: Sequence[Value]) -> str:
    """An INSERT to read or save; generated columns are left out. Never run by studio."""
    pairs = [(c, v) for c, v in zip(columns, values, strict=False) if c.generated is None]
    parts = [part for part in (table.schema, table.name) if part is not None]
    target = ".".join(map(_quoted, parts))
    names = ", ".join(_quoted(column.name) for column, _ in pairs)
    literals = ", ".join(_literal(value) for _, value in pairs)
    return f"INSERT INTO {target} ({names}) VALUES ({literals});"


def _json(value: Value) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    return as_text(value)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(value: Value) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool | int | float):
        return str(value)
    if isinstance(value, bytes):
        return f"x'{value.hex()}'"
    return "'" + as_text(value).replace("'", "''") + "'"
