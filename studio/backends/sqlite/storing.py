"""What SQLite keeps of a value: the class its column's affinity gives it (datatype3, §3), told
before it is stored, and refused where digits would be lost without a word.
"""

import re
from decimal import Decimal
from math import isinf, isnan

from studio.backends.sqlite.types import Affinity, kept_by
from studio.model.catalog import Column
from studio.model.page import Value

SMALLEST, LARGEST = -(2**63), 2**63 - 1
_SPACE = r"[ \t\n\v\f\r]*"
NUMBER = re.compile(
    rf"{_SPACE}[+-]?(?:[0-9]+(?P<point>\.[0-9]*)?|(?P<bare>\.[0-9]+))"
    rf"(?P<exponent>[eE][+-]?[0-9]+)?{_SPACE}"
)
"""A text that SQLite takes for a number: no underscore, no hexadecimal, no word for infinity."""
_MERGING = {Affinity.INTEGER, Affinity.NUMERIC}
"""Affinities that keep a real without a fraction as an integer."""
_MOST_DIGITS = 400
"""More of them make no number that fits."""


def kept(value: Value, column: Column) -> Value:
    """What a page shows of `value` once it is in `column`. Raises ValueError where that would be
    another number.
    """
    rule = kept_by(column)
    match value:
        case bool():
            return _integer(int(value), rule)
        case int():
            return _integer(value, rule)
        case float():
            return _real(value, rule)
        case Decimal():
            return _real(real(value), rule)
        case str() if rule not in {Affinity.TEXT, Affinity.BLOB}:
            return _text(value, rule)
    return value


def real(value: Decimal) -> float:
    """The nearest REAL; raises ValueError where there is none."""
    if value.is_nan():
        raise ValueError("SQLite stores NaN as NULL: say null")
    number = float(value)
    if isinf(number) and value.is_finite():
        raise ValueError(f"{value} does not fit in a REAL, SQLite's largest number")
    if not number and value:
        raise ValueError(f"{value} is too small for a REAL: it would be 0")
    return number


def needs_class(value: Value, column: Column | None) -> bool:
    """Whether `column` could hold an equal number of another class."""
    if column is None or not isinstance(value, int | float):
        return False
    rule = kept_by(column)
    return rule is Affinity.BLOB or (rule in _MERGING and value == SMALLEST)


def fits(number: int) -> int:
    """`number`; raises ValueError beyond 64 bits."""
    if not SMALLEST <= number <= LARGEST:
        raise ValueError(f"{_cut(number)} does not fit in 64 bits, SQLite's largest integer")
    return number


def as_real(number: int) -> float:
    """`number` as a REAL; raises ValueError where that is another number."""
    made = float(fits(number))
    if int(made) != number:
        raise ValueError(
            f"a REAL would keep {number} as {int(made)}: write it with a point where that will do"
        )
    return made


def _integer(value: int, rule: Affinity) -> Value:
    if rule is Affinity.REAL:
        return as_real(value)
    return str(fits(value)) if rule is Affinity.TEXT else fits(value)


def _real(value: float, rule: Affinity) -> Value:
    if isnan(value):
        raise ValueError("SQLite stores NaN as NULL: say null")
    if rule is Affinity.TEXT:
        return _printed(value)
    if rule in _MERGING and value.is_integer() and SMALLEST < value < -SMALLEST:
        return int(value)
    # REAL columns have no negative zero.
    return value + 0.0 if rule is Affinity.REAL else value


def _text(value: str, rule: Affinity) -> Value:
    found = NUMBER.fullmatch(value)
    if found is None:
        return value
    if len(value) > _MOST_DIGITS:
        raise ValueError("SQLite would make a number of this text, and lose most of its digits")
    if any(found.groups()):
        return _real(real(Decimal(value.strip())), rule)
    return _integer(int(value), rule)


def _printed(value: float) -> str:
    """As SQLite prints a REAL into a TEXT column: with 15 digits, which must say it all."""
    if isinf(value):
        return "Inf" if value > 0 else "-Inf"
    mantissa, mark, exponent = format(value, ".15g").partition("e")
    text = (mantissa if "." in mantissa else f"{mantissa}.0") + mark + exponent
    if float(text) != value:
        raise ValueError(f"as text SQLite keeps 15 digits of {value!r}: give it as a text")
    return text


def _cut(number: int) -> str:
    return str(number) if abs(number) < 10**40 else "this number"
