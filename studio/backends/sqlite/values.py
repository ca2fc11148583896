"""Values on their way in and out: cut, bound exactly, searched, and read from what is typed."""

import re
import sqlite3
from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from sqlalchemy import ColumnElement, Text, bindparam, cast, func, literal, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType

from studio.backends.sqlite import storing
from studio.backends.sqlite.types import Affinity, affinity
from studio.model.catalog import Column, ColumnKind
from studio.model.page import SHOWN_BYTES, Shortened, Value

_INT64 = range(-(2**63), 2**63)
_CUT_BYTES = 2 * (SHOWN_BYTES + 2)
"""Where the server cuts: even, and in UTF-16 still more than SHOWN_BYTES of UTF-8."""
_INTEGER = re.compile(r"[+-]?[0-9]+")
_INTEGER_LENGTH = 100
"""Signs; longer ones have zeros in front, or fit nowhere."""
_HEX = re.compile(r"(?:x'([0-9a-f\s]*)'|(?:0x|\\x)([0-9a-f\s]*))", re.IGNORECASE)
_QUOTED = re.compile(r"'((?:[^']|'')*)'")
_TRUTH = {
    "true": 1, "t": 1, "yes": 1, "y": 1, "on": 1, "false": 0, "f": 0, "no": 0, "n": 0, "off": 0,
}  # fmt: skip
_DATES = {ColumnKind.DATE, ColumnKind.TIME, ColumnKind.TIMESTAMP}


class _Shown(FunctionElement[object]):
    """A value, or its first bytes when it is long.

    `length()` of a text stops at NUL and counts characters, so texts are measured and cut as
    bytes. Its own element, because 2,000 columns of nested CASEs take seconds to compile.
    """

    name = "shown"
    inherit_cache = True


_TEXT_BYTES = (
    "octet_length({0})" if sqlite3.sqlite_version_info >= (3, 43) else "length(CAST({0} AS BLOB))"
)
_SHOWN = (
    "CASE typeof({0}) "
    f"WHEN 'text' THEN CASE WHEN {_TEXT_BYTES} > {_CUT_BYTES} "
    f"THEN CAST(substr(CAST({{0}} AS BLOB), 1, {_CUT_BYTES}) AS TEXT) ELSE {{0}} END "
    f"WHEN 'blob' THEN CASE WHEN length({{0}}) > {SHOWN_BYTES} "
    f"THEN substr({{0}}, 1, {SHOWN_BYTES + 1}) ELSE {{0}} END "
    "ELSE {0} END"
)


@compiles(_Shown)
def _compile_shown(element: _Shown, compiler: SQLCompiler, **options: object) -> str:
    (value,) = element.clauses
    return _SHOWN.format(compiler.process(value, **options))


def shown(value: ColumnElement[object]) -> ColumnElement[object]:
    """`value`, cut where it is long: text with NUL inside too, and whatever the encoding."""
    return _Shown(value)


def bind(value: Value) -> ColumnElement[object]:
    """A parameter with exactly this value. Raises ValueError for what SQLite would change."""
    if isinstance(value, Shortened):
        raise ValueError("only the head of this value is here: fetch the whole first")  # noqa: TRY004
    if isinstance(value, Decimal):
        value = _from_decimal(value)
    if isinstance(value, int) and int(value) not in _INT64:
        raise ValueError("SQLite's integers have 64 bits: from -2^63 to 2^63-1")
    if isinstance(value, float) and value != value:  # noqa: PLR0124 - NaN alone differs from itself
        raise ValueError("SQLite has no NaN: it would store NULL")
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            # Text that is not UTF-8, as a page showed it: its bytes, with TEXT's storage class.
            return cast(_raw(value.encode("utf-8", "surrogateescape")), Text)
    return _raw(int(value) if isinstance(value, bool) else value)


def _raw(value: object) -> ColumnElement[object]:
    parameter: ColumnElement[object] = bindparam(None, value, type_=NullType(), unique=True)
    return parameter


def _from_decimal(value: Decimal) -> int | float | str:
    """As SQLite's NUMERIC would keep it: a number if nothing is lost, else text."""
    if value.is_finite() and value == value.to_integral_value() and int(value) in _INT64:
        return int(value)
    number = float(value)
    return number if value.is_finite() and Decimal(repr(number)) == value else str(value)


def as_text(value: ColumnElement[object]) -> ColumnElement[object]:
    """`value` as TEXT."""
    text: ColumnElement[object] = cast(value, Text)
    return text


def contains(text: ColumnElement[object], needle: str) -> ColumnElement[bool]:
    """Whether `text` holds `needle`. SQLite folds the case of ASCII only, so other alphabets are
    also tried in capitals and in small letters.
    """
    spellings = {needle} if needle.isascii() else {needle, needle.lower(), needle.upper()}
    found: list[ColumnElement[bool]]
    if needle.isprintable():
        found = [text.like(_pattern(spelling), escape="\\") for spelling in sorted(spellings)]
    else:
        # LIKE reads a pattern up to its first NUL.
        found = [func.instr(text, bind(spelling)) > 0 for spelling in sorted(spellings)]
    return or_(*found)


def _pattern(needle: str) -> ColumnElement[str]:
    escaped = needle.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return literal(f"%{escaped}%", NullType())


# -- typed text ------------------------------------------------------------------------------------


def parse(text: str, column: Column) -> Value:
    """What a person means by `text` in `column`. Raises ValueError with the column's rule."""
    return _readers(column)(text, column)


_Reader = Callable[[str, Column], Value]


def _readers(column: Column) -> _Reader:
    """The declared name decides where it says something, then the affinity."""
    rule = affinity(column.type_name)
    if column.kind in _DATES and rule is Affinity.TEXT:
        return _text
    return _BY_KIND.get(column.kind) or _BY_AFFINITY[rule]


def _text(text: str, column: Column) -> Value:
    del column
    return text


def _boolean(text: str, column: Column) -> Value:
    known = _TRUTH.get(text.strip().lower())
    return _number(text, column, "true, false or a whole number") if known is None else known


def _whole(text: str, column: Column) -> Value:
    return _number(text, column, "a whole number")


def _real(text: str, column: Column) -> Value:
    number = _number(text, column, "a number")
    return storing.as_real(number) if isinstance(number, int) else number


def _decimal(text: str, column: Column) -> Value:
    return _number(text, column, "a number")


def _number(text: str, column: Column, rule: str) -> int | float:
    typed = text.strip().replace("_", "")
    name = column.type_name or "this column"
    if _INTEGER.fullmatch(typed):
        if len(typed) > _INTEGER_LENGTH or int(typed) not in _INT64:
            raise ValueError(
                f"{name}: {rule}; whole numbers have 64 bits, from -2^63 to 2^63-1, and one with"
                " a point is a REAL"
            )
        return int(typed)
    try:
        return storing.real(Decimal(typed))
    except InvalidOperation:
        raise ValueError(f"{name}: {rule}, not {text[:40]!r}") from None
    except ValueError as error:
        raise ValueError(f"{name}: {rule}; {error}") from None


def _bytes(text: str, column: Column | None = None) -> bytes:
    del column
    found = _HEX.fullmatch(text.strip())
    try:
        return bytes.fromhex(found[1] or found[2] or "") if found else _refuse_bytes()
    except ValueError:
        return _refuse_bytes()


def _refuse_bytes() -> bytes:
    raise ValueError("bytes are typed in hexadecimal, two digits each: x'48656c6c6f'")


def _anything(text: str, column: Column) -> Value:
    """A number when it looks like one, bytes as x'…', text in quotes or when nothing else."""
    del column
    typed = text.strip()
    if found := _QUOTED.fullmatch(typed):
        return found[1].replace("''", "'")
    if _HEX.fullmatch(typed) and typed[0] in "xX":
        return _bytes(typed)
    if _INTEGER.fullmatch(typed):
        # More digits than a number keeps stay a text, every one of them.
        is_kept = len(typed) <= _INTEGER_LENGTH and int(typed) in _INT64
        return int(typed) if is_kept else text
    if not storing.NUMBER.fullmatch(typed):
        return text
    try:
        return storing.real(Decimal(typed))
    except ValueError:
        return text


_BY_KIND: dict[ColumnKind, _Reader] = {
    ColumnKind.BOOLEAN: _boolean,
    ColumnKind.ANY: _anything,
    ColumnKind.DATE: _anything,
    ColumnKind.TIME: _anything,
    ColumnKind.TIMESTAMP: _anything,
    ColumnKind.JSON: _text,
    ColumnKind.UUID: _text,
    ColumnKind.BYTES: _bytes,
    ColumnKind.DECIMAL: _decimal,
}
_BY_AFFINITY: dict[Affinity, _Reader] = {
    Affinity.INTEGER: _whole,
    Affinity.TEXT: _text,
    Affinity.BLOB: _bytes,
    Affinity.REAL: _real,
    Affinity.NUMERIC: _decimal,
}
