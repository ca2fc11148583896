"""What a person types for a cell → the value to store, or the type's rule when it does not fit."""

import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from datetime import time as time_of_day
from enum import StrEnum
from pathlib import Path
from uuid import UUID, uuid4

from studio.backends.base import Backend
from studio.backends.halves.editing import editing
from studio.model.catalog import Column, ColumnKind
from studio.model.change import DEFAULT, Assigned, Default
from studio.model.page import Shortened, Value

FILE_BYTES = 256 * 2**20
"""The largest file read into a cell."""


class Editor(StrEnum):
    """Which editor fits a column."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    MOMENT = "moment"
    JSON = "json"
    UUID = "uuid"
    BYTES = "bytes"
    LITERAL = "literal"
    """The engine's own text: arrays, ranges, composites, intervals, networks."""


_EDITORS = {
    ColumnKind.INTEGER: Editor.NUMBER,
    ColumnKind.REAL: Editor.NUMBER,
    ColumnKind.DECIMAL: Editor.NUMBER,
    ColumnKind.TEXT: Editor.TEXT,
    ColumnKind.ANY: Editor.TEXT,
    ColumnKind.BOOLEAN: Editor.BOOLEAN,
    ColumnKind.DATE: Editor.MOMENT,
    ColumnKind.TIME: Editor.MOMENT,
    ColumnKind.TIMESTAMP: Editor.MOMENT,
    ColumnKind.JSON: Editor.JSON,
    ColumnKind.UUID: Editor.UUID,
    ColumnKind.BYTES: Editor.BYTES,
    ColumnKind.ENUM: Editor.CHOICE,
}

_RULES = {
    ColumnKind.INTEGER: "a whole number: 42, -7",
    ColumnKind.REAL: "a number: 3.14, 1e-9",
    ColumnKind.DECIMAL: "a number, every digit kept: 1234.50",
    ColumnKind.BOOLEAN: "true or false",
    ColumnKind.DATE: "a date: 2026-11-20",
    ColumnKind.TIME: "a time, with its zone if the type has one: 23:59:59.5+02",
    ColumnKind.TIMESTAMP: "a date and time, with its zone if the type has one: "
    "2026-11-20 23:59:59+02",
    ColumnKind.INTERVAL: "an interval: 1 mon 3 days 04:05:06",
    ColumnKind.JSON: 'JSON: {"key": [1, true, null]}',
    ColumnKind.UUID: "a UUID: 32 hexadecimal digits, usually 8-4-4-4-12",
    ColumnKind.BYTES: r"bytes in hexadecimal, two digits each: \x48656c6c6f or x'48656c6c6f'",
    ColumnKind.ARRAY: 'an array: {1,2,NULL} or {"a b",c}',
    ColumnKind.RANGE: "a range: [1,10) or empty",
    ColumnKind.COMPOSITE: 'a row: (1,"a b",)',
    ColumnKind.NETWORK: "a network address: 192.168.0.1/24",
}


_NO_MOMENT = "no moment"
_MOMENTS: Mapping[ColumnKind, tuple[Callable[[str], object], ...]] = {
    ColumnKind.DATE: (date.fromisoformat, datetime.fromisoformat),
    ColumnKind.TIME: (time_of_day.fromisoformat,),
    ColumnKind.TIMESTAMP: (datetime.fromisoformat,),
}


@dataclass(frozen=True, slots=True)
class Typed:
    """A value that was typed, and what the person should know about it."""

    value: Value
    note: str = ""
    """"was text, becomes integer" where the storage class changes."""


def editor(column: Column) -> Editor:
    """Which editor fits `column`; a list of choices makes a picker."""
    if column.choices:
        return Editor.CHOICE
    return _EDITORS.get(column.kind, Editor.LITERAL)


def rule(column: Column) -> str:
    """What `column` takes, in a few words."""
    if column.choices:
        return f"{column.name} is one of: {', '.join(column.choices)}"
    says = _RULES.get(column.kind, "any text the type reads")
    return f"{column.type_name or column.name}: {says}"


def typed(backend: Backend, column: Column, text: str, like: Value = None) -> Typed:
    """`text` as a value for `column`, as the column will keep it; `like`: what is there now, whose
    storage class is kept where the text and the column allow it. Raises ValueError with the type's
    rule.
    """
    check_editable(column)
    if column.kind is ColumnKind.JSON:
        check_json(text)
    fitted = editing(backend).fitted
    try:
        given = backend.parse(text, column)
        _check_choice(column, given)
        value = fitted(given, column)
    except ValueError:
        kept = _as_class(backend, column, text, like)
        if kept is None or column.choices:
            raise
        return Typed(kept)
    if like is None or isinstance(like, Shortened):
        is_other = type(given) is not type(value)
        return Typed(value, f"kept as {storage_class(value)}" if is_other else "")
    if type(value) is type(like):
        return Typed(value)
    kept = _as_class(backend, column, text, like)
    if kept is not None:
        return Typed(kept)
    return Typed(value, f"was {storage_class(like)}, becomes {storage_class(value)}")


def doubt(backend: Backend, column: Column, value: Value) -> str:
    """Why a value that the database would keep is hardly what is meant; empty where it may be."""
    reads = _MOMENTS.get(column.kind)
    if reads is None or not isinstance(value, str) or _reads(reads, value):
        return ""
    try:
        backend.parse(_NO_MOMENT, column)
    except ValueError:
        # Then it was read by the engine's own rules, which know more words than these.
        return ""
    return f"this is no {column.kind.value}, and the column keeps it as text"


def _reads(reads: tuple[Callable[[str], object], ...], text: str) -> bool:
    for read in reads:
        try:
            read(text.strip())
        except ValueError:
            continue
        return True
    return False


def null(column: Column) -> None:
    """NULL for `column`. Raises ValueError where the column refuses it."""
    check_editable(column)
    if not column.nullable:
        raise ValueError(f"{column.name} is NOT NULL: it takes {rule(column)}")


def empty(column: Column) -> Value:
    """The empty value, which is not NULL. Raises ValueError where the type has none."""
    check_editable(column)
    if column.kind is ColumnKind.BYTES:
        return b""
    if column.kind not in {ColumnKind.TEXT, ColumnKind.ANY} or column.choices:
        raise ValueError(f"{column.name} has no empty value: it takes {rule(column)}")
    return ""


def default(column: Column) -> Default:
    """What the database puts there by itself. Raises ValueError where it would refuse that."""
    check_editable(column)
    if column.default is None and not column.identity and not column.nullable:
        raise ValueError(f"{column.name} has no DEFAULT and is NOT NULL")
    return DEFAULT


def special(what: str, column: Column) -> Assigned:
    """The value called `null`, `empty` or `default`. Raises ValueError where there is none."""
    if what == "null":
        null(column)
        return None
    return empty(column) if what == "empty" else default(column)


def check_editable(column: Column) -> None:
    """Raises ValueError for a column nobody can set."""
    if column.generated is not None:
        of = f" as {column.generated}" if column.generated else ""
        raise ValueError(f"{column.name} is computed by the database{of}")


def check_json(text: str) -> None:
    """Raises ValueError that says where `text` stops being JSON."""
    try:
        json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise ValueError(
            f"not JSON at line {error.lineno}, column {error.colno}: {error.msg}"
        ) from None
    except RecursionError:
        raise ValueError("this JSON is nested too deeply") from None


def _no_constant(text: str) -> None:
    raise ValueError(f"JSON has no {text}")


def _check_choice(column: Column, value: Value) -> None:
    if column.choices and str(value) not in column.choices:
        raise ValueError(rule(column))


def from_file(path: Path) -> bytes:
    """A file's bytes for a cell. Raises ValueError with the reason."""
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise ValueError(f"{path} is not a file")
        if size > FILE_BYTES:
            raise ValueError(f"{path} has {size:,} bytes; a cell takes up to {FILE_BYTES:,} here")
        return path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror or error}") from error


def storage_class(value: Value) -> str:
    """SQLite's word for the kind of a value."""
    match value:
        case None:
            return "null"
        case bool() | int():
            return "integer"
        case float():
            return "real"
        case bytes():
            return "blob"
        case Shortened(head):
            return storage_class(head)
        case _:
            return "text"


def _as_class(backend: Backend, column: Column, text: str, like: Value) -> Value:
    """`text` read as a value of the class `like` has; None where it cannot be, or the column would
    make another class of it.
    """
    read = _OF_CLASS.get(type(like)) if _has_classes(backend) else None
    try:
        value = editing(backend).fitted(read(text), column) if read is not None else None
    except ValueError:
        return None
    return value if type(value) is type(like) else None


def _has_classes(backend: Backend) -> bool:
    """Whether a column may hold a value of another class than its type's: elsewhere every value is
    the text its type reads, and is no reason to take any other text.
    """
    return not isinstance(editing(backend).fitted(1, _ANYTHING), str)


_ANYTHING = Column("", "", ColumnKind.ANY)
_OF_CLASS: Mapping[type, Callable[[str], Value]] = {int: int, float: float, str: str}


def uuid_4() -> str:
    """A random UUID."""
    return str(uuid4())


def uuid_7() -> str:
    """A UUID that sorts by time (RFC 9562, §5.7): 48 bits of milliseconds, then random bits."""
    milliseconds = time.time_ns() // 1_000_000
    number = (milliseconds & (2**48 - 1)) << 80 | int.from_bytes(os.urandom(10))
    number = number & ~(0xF << 76) | 0x7 << 76
    number = number & ~(0x3 << 62) | 0x2 << 62
    return str(UUID(int=number))
