"""Values as the commands print them in JSON: `studio apply` reads each as the value it was.

A JSON word where JSON has one that every reader keeps exactly, otherwise an object with `$type`.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import cast

from studio.edits.journal.encoding import Json, encoded
from studio.model.catalog import ColumnKind
from studio.model.document import document
from studio.model.page import Shortened, Value

_WHOLE = re.compile(r"-?[0-9]{1,19}", re.ASCII)
_TRUTH = {"t": True, "true": True, "f": False, "false": False}


def json_value(value: Value, kind: ColumnKind) -> Json:
    """A value as JSON. `kind` says what an engine's own text stands for; ANY where a text is one:
    engines whose values come in a type of their own.
    """
    if isinstance(value, Decimal):
        return _decimal(str(value))
    if isinstance(value, str):
        read = _READERS.get(kind)
        return encoded(value) if read is None else read(value)
    if value is None or isinstance(value, bool | int | float | bytes | Shortened):
        return encoded(value)
    # Engines that are only browsed hand over whatever their driver makes of a value.
    return encoded(str(value))


def _truth(text: str) -> Json:
    return _TRUTH.get(text, text)


def _integer(text: str) -> Json:
    number = _int64(text)
    return encoded(text) if number is None else number


def _int64(text: str) -> int | None:
    """A whole number of 64 bits, written as JSON writes it."""
    number = int(text) if _WHOLE.fullmatch(text) else 2**63
    return number if -(2**63) <= number < 2**63 and str(number) == text else None


def _real(text: str) -> Json:
    try:
        return encoded(float(text))
    except ValueError:
        return encoded(text)


def _decimal(text: str) -> Json:
    """A number where its digits stay what they are: 1.5, not 1.50, and not what a double rounds."""
    if (whole := _int64(text)) is not None:
        return whole
    try:
        Decimal(text)
    except InvalidOperation:
        return encoded(text)
    number = float(text)
    if isfinite(number) and repr(number) == text:
        return number
    return {"$type": "decimal", "text": text}


def _bytes(text: str) -> Json:
    if not text.startswith("\\x"):
        return encoded(text)
    return {"$type": "bytes", "hex": text[2:]}


def _document(text: str) -> Json:
    found = document(text)
    return {"$type": "text", "text": text} if found is None else cast("Json", found)


_READERS: Mapping[ColumnKind, Callable[[str], Json]] = {
    ColumnKind.BOOLEAN: _truth,
    ColumnKind.INTEGER: _integer,
    ColumnKind.REAL: _real,
    ColumnKind.DECIMAL: _decimal,
    ColumnKind.BYTES: _bytes,
    ColumnKind.JSON: _document,
}
