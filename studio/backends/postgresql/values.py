"""Values on their way out and in: what a page selects, compares, and sends back."""

from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Text, bindparam, case, cast, collate, func, literal_column
from sqlalchemy.types import UserDefinedType

from studio.backends.postgresql import kinds
from studio.backends.postgresql.dialect import Untyped
from studio.model.catalog import Column, ColumnKind
from studio.model.page import SHOWN_BYTES, Shortened, Value

_K = ColumnKind

_SMALL = {
    *(_K.INTEGER, _K.REAL, _K.BOOLEAN, _K.DATE, _K.TIME, _K.TIMESTAMP, _K.INTERVAL, _K.UUID),
    *(_K.ENUM, _K.NETWORK),
}
"""Kinds whose longest text is shorter than SHOWN_BYTES: selected as they are."""
_CHARACTERS = {"text", "character varying", "name"}
"""Types whose cast to text changes nothing (`character` would lose its padding)."""
_UNTYPED = Untyped()


class NamedType(UserDefinedType[Any]):
    """A type by the name the catalog gave it, written as it is: format_type quotes what it must."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: object) -> str:
        """The name."""
        return self.name


def shown(column: Column, value: ColumnElement[object]) -> ColumnElement[object]:
    """`value` cut on the server once its text passes SHOWN_BYTES; else its exact text.

    The stored size would be the wrong thing to ask: a compressed megabyte is stored in a few
    kilobytes. left() reads only the head of a long text, and other types must be printed anyway.
    """
    if column.kind in _SMALL or kinds.bare(column.type_name) == '"char"':
        return value
    if column.kind is _K.BYTES and column.type_name == "bytea":
        # Hex doubles every byte and starts with \x: this is one byte over the limit.
        return func.substring(value, literal_column("1"), literal_column(str(SHOWN_BYTES // 2)))
    if column.kind is _K.TEXT and kinds.bare(column.type_name) not in _CHARACTERS:
        # format() prints with the type's own output function, as the protocol would.
        printed = func.format(literal_column("'%s'"), value)
        return case((value.is_not(None), _head(printed)))
    return _head(as_text(column, value))


def _head(text: ColumnElement[Any]) -> ColumnElement[object]:
    return func.left(text, literal_column(str(SHOWN_BYTES + 1)))


def sort_key(column: Column, value: ColumnElement[object]) -> ColumnElement[object]:
    """`value`, or its text where the type knows no order (json, xml, point, composites, …)."""
    if kinds.has_order(column.kind, column.type_name):
        return value
    return as_text(column, value)


def as_text(column: Column, value: ColumnElement[object]) -> ColumnElement[object]:
    """`value` as text, in a collation that can search in it."""
    text: ColumnElement[Any] = cast(value, Text())
    # A nondeterministic collation refuses ILIKE; the database's own never is one.
    if column.collation:
        text = collate(text, "default")
    return text


def contains(text: ColumnElement[object], needle: str) -> ColumnElement[bool]:
    """ILIKE, because a trigram index can serve it."""
    escaped = needle.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return text.ilike(bind(f"%{escaped}%", None))


def bind(value: Value, column: Column | None) -> ColumnElement[object]:
    """`value` as text of no type: the server reads it as what it stands beside.

    Raises ValueError for text that no PostgreSQL database can hold.
    """
    text = _text(value)
    if text is not None and not _can_be_held(text):
        raise ValueError("PostgreSQL holds no such text: it has a NUL, or half a character")
    parameter: ColumnElement[object] = bindparam(None, text, _UNTYPED)
    if column is None or kinds.bare(column.type_name) not in kinds.OBJECT_NAMES:
        return parameter
    # Their "=" is another type's (oid's), which would read the name as a number. Nothing else is
    # cast: a cast with a modifier cuts silently.
    return cast(parameter, NamedType(column.type_name))


def _can_be_held(text: str) -> bool:
    try:
        # An SQL_ASCII database holds any other bytes.
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def _text(value: Value) -> str | None:
    match value:
        case None | str():
            return value
        case bool():
            return "true" if value else "false"
        case bytes():
            return "\\x" + value.hex()
        case float():
            return repr(value).replace("inf", "Infinity").replace("nan", "NaN")
        case int() | Decimal():
            return str(value)
        case Shortened():
            raise ValueError("only the head of this value was read: read the whole one first")
