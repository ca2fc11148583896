"""What a person typed → the text the server will read, refused early where its type is clear."""

import json
import re
from collections.abc import Callable

from studio.backends.postgresql import kinds
from studio.model.catalog import Column, ColumnKind
from studio.model.page import Value

_INTEGERS = {
    "smallint": (-(2**15), 2**15 - 1),
    "integer": (-(2**31), 2**31 - 1),
    "bigint": (-(2**63), 2**63 - 1),
    "oid": (0, 2**32 - 1),
}
_NUMBER = re.compile(
    r"^[+-]?(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?$|^[+-]?(?:inf|infinity)$|^nan$",
    re.IGNORECASE,
)
_TRUE = {"t", "tr", "tru", "true", "y", "ye", "yes", "on", "1"}
_FALSE = {"f", "fa", "fal", "fals", "false", "n", "no", "of", "off", "0"}
_UUID = re.compile(r"^\{?(?:[0-9a-f]{4}-?){8}\}?$", re.IGNORECASE)
_BYTEA = re.compile(r"^\\x(?:\s*[0-9a-f]\s*[0-9a-f]\s*)*$", re.IGNORECASE)
_MOMENT = re.compile(
    r"\d|^(?:now|today|tomorrow|yesterday|epoch|allballs|[+-]?infinity)$", re.IGNORECASE
)
_RANGE = re.compile(r"^\s*(?:empty|[\[(].*,.*[\])])\s*$", re.IGNORECASE | re.DOTALL)
_MODIFIER = re.compile(r"\((\d+)(?:,(-?\d+))?\)")


def parse(text: str, column: Column) -> Value:
    """`text` as a value for `column`. Raises ValueError with the type's rule.

    What is accepted here may still be refused by the server, whose rules are the last word.
    """
    if "\x00" in text:
        raise ValueError("PostgreSQL text holds no NUL character")
    rule = _RULES.get(column.kind)
    return rule(text, column) if rule else text


def _integer(text: str, column: Column) -> Value:
    low, high = _INTEGERS.get(kinds.bare(column.type_name), _INTEGERS["bigint"])
    rule = f"{column.type_name} is a whole number from {low:,} to {high:,}"
    try:
        number = int(text.strip(), 10)
    except ValueError:
        raise ValueError(rule) from None
    if not low <= number <= high:
        raise ValueError(rule)
    return str(number)


def _number(text: str, column: Column) -> Value:
    if column.type_name == "money":
        return text
    stripped = text.strip()
    if not _NUMBER.match(stripped):
        raise ValueError(f"{column.type_name} is a number: 12.5, -3, 1e6, NaN, Infinity")
    return stripped


def _boolean(text: str, column: Column) -> Value:
    word = text.strip().lower()
    if word in _TRUE:
        return "t"
    if word in _FALSE:
        return "f"
    raise ValueError(f"{column.type_name} is true or false (t, f, yes, no, on, off, 1, 0)")


def _text(text: str, column: Column) -> Value:
    if kinds.bare(column.type_name) in {"character varying", "character"}:
        found = _MODIFIER.search(column.type_name)
        # The server forgives spaces beyond the length, and nothing else.
        if found and len(text.rstrip(" ")) > (most := int(found[1])):
            raise ValueError(f"{column.type_name} holds {most} characters; this has {len(text)}")
    return text


def _moment(example: str) -> Callable[[str, Column], Value]:
    def rule(text: str, column: Column) -> Value:
        if not _MOMENT.search(text.strip()):
            raise ValueError(f"{column.type_name} is written like {example}")
        return text.strip()

    return rule


def _uuid(text: str, column: Column) -> Value:
    if not _UUID.match(text.strip()):
        raise ValueError(f"{column.type_name} is 32 hexadecimal digits, with or without hyphens")
    return text.strip()


def _bytes(text: str, column: Column) -> Value:
    stripped = text.strip()
    if stripped.lower().startswith("\\x"):
        if not _BYTEA.match(stripped):
            raise ValueError(f"{column.type_name} after \\x is pairs of hexadecimal digits")
        return stripped
    if not text.isascii() or "\\" in text:
        raise ValueError(f"{column.type_name} is \\x and hexadecimal digits, or plain ASCII")
    return "\\x" + text.encode("ascii").hex()


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _json(text: str, column: Column) -> Value:
    try:
        json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ValueError(f"{column.type_name} must be valid JSON: {error.msg} at {where}") from None
    except ValueError as error:
        raise ValueError(f"{column.type_name} must be valid JSON, which has no {error}") from None
    except RecursionError:
        return text
    return text


def _enum(text: str, column: Column) -> Value:
    if column.choices and text not in column.choices:
        raise ValueError(f"{column.type_name} is one of {', '.join(column.choices)}")
    return text


def _array(text: str, column: Column) -> Value:
    if not text.strip().startswith(("{", "[")) or not text.strip().endswith("}"):
        raise ValueError(f'{column.type_name} is written {{a,b,"c d",NULL}}')
    return text


def _range(text: str, column: Column) -> Value:
    if "multirange" in column.type_name or text.strip().startswith("{"):
        return text
    if not _RANGE.match(text):
        raise ValueError(f"{column.type_name} is written [low,high), (low,high] or empty")
    return text


def _composite(text: str, column: Column) -> Value:
    if not (text.strip().startswith("(") and text.strip().endswith(")")):
        raise ValueError(f"{column.type_name} is written (first,second,…)")
    return text


_K = ColumnKind
_RULES: dict[ColumnKind, Callable[[str, Column], Value]] = {
    _K.INTEGER: _integer,
    _K.REAL: _number,
    _K.DECIMAL: _number,
    _K.BOOLEAN: _boolean,
    _K.TEXT: _text,
    _K.DATE: _moment("2026-01-31, 0044-03-15 BC, today or infinity"),
    _K.TIME: _moment("13:45:00 or 24:00"),
    _K.TIMESTAMP: _moment("2026-01-31 13:45:00+02, now or infinity"),
    _K.INTERVAL: _moment("1 year 2 mons 3 days 04:05:06"),
    _K.UUID: _uuid,
    _K.BYTES: _bytes,
    _K.JSON: _json,
    _K.ENUM: _enum,
    _K.ARRAY: _array,
    _K.RANGE: _range,
    _K.COMPOSITE: _composite,
}
