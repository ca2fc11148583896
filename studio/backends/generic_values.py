"""Values and types that every SQL engine shares, by the names the standard gives them."""

import re
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Date, DateTime, Interval, String, Time, Uuid, literal
from sqlalchemy.types import TypeEngine

from studio.model.catalog import Column, ColumnKind
from studio.model.page import Value

PLAIN = {
    ColumnKind.INTEGER,
    ColumnKind.REAL,
    ColumnKind.DECIMAL,
    ColumnKind.BOOLEAN,
    ColumnKind.BYTES,
}
"""Kinds whose driver values are values of ours."""
SHORT = {ColumnKind.DATE, ColumnKind.TIME, ColumnKind.TIMESTAMP, ColumnKind.UUID}
"""Kinds whose text is never long."""

_NAMES = (
    (ColumnKind.ARRAY, r"\[\d*\]$|^(array|list)\b"),
    (ColumnKind.COMPOSITE, r"^(struct|map|union|row|tuple|object|record)\b"),
    (ColumnKind.RANGE, r"range"),
    (ColumnKind.INTERVAL, r"^interval|^duration"),
    (ColumnKind.TIMESTAMP, r"^(timestamp|datetime|smalldatetime)"),
    (ColumnKind.DATE, r"^date"),
    (ColumnKind.TIME, r"^time"),
    (ColumnKind.BOOLEAN, r"^bool|^bit$"),
    (ColumnKind.ENUM, r"^enum|^set\b"),
    (ColumnKind.JSON, r"^json|^variant|^super$"),
    (ColumnKind.UUID, r"^(uuid|uniqueidentifier|guid)"),
    (ColumnKind.REAL, r"^(double|float|real|binary_(float|double)|half)"),
    (ColumnKind.DECIMAL, r"^(decimal|numeric|number|money|smallmoney|dec)\b"),
    (
        ColumnKind.INTEGER,
        r"^((un)?signed )?(u|small|tiny|medium|big|huge)*int(eger|\d+)?\b"
        r"|serial|^(byte|short|long)$",
    ),
    (ColumnKind.BYTES, r"blob|binary|bytea?s?$|^(raw|image|rowversion)"),
    (ColumnKind.TEXT, r"char|text|clob|string|^name$|^xml"),
    (ColumnKind.NETWORK, r"^(inet|cidr|macaddr|ipv)"),
)
_KINDS = tuple((kind, re.compile(pattern)) for kind, pattern in _NAMES)

_TYPES: MappingProxyType[ColumnKind, type[TypeEngine[Any]]] = MappingProxyType(
    {
        ColumnKind.DATE: Date,
        ColumnKind.TIME: Time,
        ColumnKind.TIMESTAMP: DateTime,
        ColumnKind.INTERVAL: Interval,
        ColumnKind.UUID: Uuid,
    }
)


def kind_named(type_name: str) -> ColumnKind:
    """The kind of a type, by the words engines use for it."""
    name = type_name.strip().lower()
    bare = re.sub(r"\s*\([^()]*\)", "", name)
    for kind, pattern in _KINDS:
        if pattern.search(name if kind is ColumnKind.ARRAY else bare):
            return kind
    return ColumnKind.OTHER


def cast_target(value: object, column: Column | None) -> TypeEngine[Any] | None:
    """The type that typed text must be cast to before it compares as its column does."""
    if column is None or not isinstance(value, str):
        return None
    target = _TYPES.get(column.kind)
    return None if target is None else target()


def contained(needle: str) -> ColumnElement[str]:
    """`needle` as a bound LIKE pattern that matches it anywhere, its wildcards escaped."""
    escaped = re.sub(r"([\\%_])", r"\\\1", needle)
    return literal(f"%{escaped}%", String())


def parse(text: str, column: Column) -> Value:
    """Typed text as a value; raises ValueError with the kind's rule."""
    match column.kind:
        case ColumnKind.INTEGER:
            return _number(int, text, "a whole number, like 42")
        case ColumnKind.REAL:
            return _number(float, text, "a number, like 1.5 or 2e9")
        case ColumnKind.DECIMAL:
            return _number(Decimal, text, "a decimal number, like 12.50")
        case ColumnKind.BOOLEAN:
            return _boolean(text)
        case ColumnKind.BYTES:
            return _bytes(text)
    return text


def _number(read: type[int] | type[float] | type[Decimal], text: str, rule: str) -> Value:
    try:
        return read(text.strip())
    except (ValueError, InvalidOperation) as error:
        raise ValueError(f"expected {rule}") from error


def _boolean(text: str) -> bool:
    word = text.strip().lower()
    if word in {"true", "t", "yes", "on", "1"}:
        return True
    if word in {"false", "f", "no", "off", "0"}:
        return False
    raise ValueError("expected true or false")


def _bytes(text: str) -> bytes:
    digits = re.sub(r"^(\\x|0x)", "", text.strip(), flags=re.IGNORECASE)
    try:
        return bytes.fromhex(digits)
    except ValueError as error:
        raise ValueError("expected bytes in hex, like 0xDEADBEEF") from error


def printable(text: str) -> str:
    """`text` in one line, without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
