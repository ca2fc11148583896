"""Rows that are all here, filtered and sorted without asking the database."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

from studio.model.catalog import Column, ColumnKind
from studio.model.page import AllOf, AnyOf, Condition, Filter, Not, Operator, Shortened, Sort, Value

_WORDS_OF_TRUTH = {"t": True, "true": True, "f": False, "false": False}
_BY_TEXT = frozenset({ColumnKind.TEXT, ColumnKind.UUID})
_SEARCHED = _BY_TEXT | {ColumnKind.ENUM, ColumnKind.JSON, ColumnKind.ANY, ColumnKind.NETWORK}
"""Kinds that free text looks in, as it does in a table's rows."""
_DIGITS = re.compile(r"[+-]?[0-9]*\.?[0-9]+")
_NUMBERS, _TEXTS, _BYTES = range(3)
"""How values of several kinds stand to each other in one column, as SQLite has it."""
_TEXTUAL = {Operator.CONTAINS, Operator.NOT_CONTAINS, Operator.LIKE, Operator.ILIKE}

_Key = tuple[int, Any]
_Holds = Callable[[Sequence[Value]], bool]


class NotHere(Exception):
    """Only the database knows how values of this kind compare; `str()` says which."""


def arranged(
    columns: Sequence[Column],
    rows: Sequence[Sequence[Value]],
    conditions: Sequence[Condition],
    order: Sequence[Sort],
    nulls_first: Callable[[bool], bool],
) -> list[int]:
    """The places of the rows that all `conditions` keep, in this order; rows that are level stay
    as they came. `nulls_first` tells whether NULLs do, given whether the order falls.

    Text is compared by the numbers of its characters. Raises NotHere.
    """
    places = {column.name: place for place, column in enumerate(columns)}
    holds = [_condition(one, columns, places) for one in conditions]
    kept = [i for i, row in enumerate(rows) if all(one(row) for one in holds)]
    for sort in reversed(order):
        place = places[sort.column]
        key = partial(_key, kind=columns[place].kind)
        nulls = [i for i in kept if rows[i][place] is None]
        found = [(key(rows[i][place]), i) for i in kept if rows[i][place] is not None]
        found.sort(key=lambda pair: pair[0], reverse=sort.descending)
        others = [i for _, i in found]
        kept = [*nulls, *others] if nulls_first(sort.descending) else [*others, *nulls]
    return kept


def _key(value: Value, kind: ColumnKind) -> _Key:
    """What a value that is not NULL is compared by. Raises NotHere."""
    if isinstance(value, bool | int | float | Decimal):
        return _NUMBERS, value
    if isinstance(value, bytes):
        return _BYTES, value
    if isinstance(value, Shortened) or value is None:
        raise NotHere("values that are cut")
    if kind.is_number:
        return _NUMBERS, _number(value)
    if kind is ColumnKind.BOOLEAN and value in _WORDS_OF_TRUTH:
        return _NUMBERS, _WORDS_OF_TRUTH[value]
    if kind in {ColumnKind.DATE, ColumnKind.TIMESTAMP}:
        return _NUMBERS, _moment(value)
    if kind in _BY_TEXT or kind is ColumnKind.ANY:
        return _TEXTS, value
    raise NotHere(f"values of type {kind.value}")


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise NotHere("numbers that are written in a way of their own") from None
    if number.is_nan():
        raise NotHere("numbers that are none (NaN)")
    return number


def _moment(text: str) -> float:
    # Another DateStyle writes the month first, or last: only this one is read the same by all.
    if not re.match(r"[0-9]{4}-", text):
        raise NotHere("dates that are written in a way of their own")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise NotHere("dates that no calendar here has") from None
    origin = datetime(1970, 1, 1, tzinfo=moment.tzinfo)
    if moment.tzinfo is None:
        return (moment - origin).total_seconds()
    return moment.timestamp()


# -- conditions ----------------------------------------------------------------------------------


def _condition(condition: Condition, columns: Sequence[Column], places: dict[str, int]) -> _Holds:
    inner: list[_Holds]
    match condition:
        case AllOf(conditions):
            inner = [_condition(one, columns, places) for one in conditions]
            return lambda row: all(one(row) for one in inner)
        case AnyOf(conditions):
            inner = [_condition(one, columns, places) for one in conditions]
            return lambda row: any(one(row) for one in inner)
        case Not(negated):
            holds = _condition(negated, columns, places)
            return lambda row: not holds(row)
        case Filter(column=None):
            is_number = _DIGITS.fullmatch(str(condition.value)) is not None
            kinds = [column.kind for column in columns]
            searched = [
                i for i, k in enumerate(kinds) if k in _SEARCHED or (is_number and k.is_number)
            ]
            found = _textual(condition)
            return lambda row: any(found(row[i]) for i in searched)
        case Filter(column=str(name)):
            place = places[name]
            matches = _matcher(condition, columns[place].kind)
            return lambda row: matches(row[place])
    raise NotHere("what the engine computes")


def _matcher(wanted: Filter, kind: ColumnKind) -> Callable[[Value], bool]:
    """Whether one value is wanted; NULL is only by IS NULL, as in SQL."""
    operator = wanted.operator
    is_null_test = wanted.value is None and operator in {Operator.EQUAL, Operator.NOT_EQUAL}
    if operator is Operator.IS_NULL or (is_null_test and operator is Operator.EQUAL):
        return lambda value: value is None
    if operator is Operator.IS_NOT_NULL or is_null_test:
        return lambda value: value is not None
    if operator in _TEXTUAL:
        return _textual(wanted)
    if operator in {Operator.IN, Operator.NOT_IN}:
        return _among(wanted, kind)
    right = _key(wanted.value, kind)
    compare = _COMPARE[operator]
    return lambda value: value is not None and compare(_key(value, kind), right)


_COMPARE: dict[Operator, Callable[[_Key, _Key], bool]] = {
    Operator.EQUAL: lambda a, b: a == b,
    Operator.NOT_EQUAL: lambda a, b: a != b,
    Operator.LESS: lambda a, b: a < b,
    Operator.LESS_EQUAL: lambda a, b: a <= b,
    Operator.GREATER: lambda a, b: a > b,
    Operator.GREATER_EQUAL: lambda a, b: a >= b,
}


def _among(wanted: Filter, kind: ColumnKind) -> Callable[[Value], bool]:
    listed = {_key(one, kind) for one in wanted.values if one is not None}
    has_null = None in wanted.values
    if wanted.operator is Operator.IN:
        return lambda value: has_null if value is None else _key(value, kind) in listed
    return lambda value: value is not None and _key(value, kind) not in listed


def _textual(wanted: Filter) -> Callable[[Value], bool]:
    needle = str(wanted.value)
    match wanted.operator:
        case Operator.LIKE:
            return _like(needle, 0)
        case Operator.ILIKE:
            return _like(needle, re.IGNORECASE)
        case Operator.NOT_CONTAINS:
            return lambda value: value is not None and needle.lower() not in _text(value)
    return lambda value: value is not None and needle.lower() in _text(value)


def _text(value: Value) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace").lower()
    return str(value).lower()


def _like(pattern: str, flags: int) -> Callable[[Value], bool]:
    if "\\" in pattern:
        raise NotHere("a pattern with a backslash")
    parts = (".*" if c == "%" else "." if c == "_" else re.escape(c) for c in pattern)
    found = re.compile("".join(parts), flags | re.DOTALL)
    return lambda value: value is not None and found.fullmatch(str(value)) is not None
