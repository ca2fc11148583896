"""What a format must know of rows before the first of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from math import isfinite

from studio.backends.base import Backend
from studio.backends.halves import Absent, ask
from studio.backends.halves.editing import EDITING
from studio.export.text import as_text
from studio.model.catalog import Column, ColumnKind
from studio.model.page import Value
from studio.model.relation import TableRef

UNNAMED = TableRef(None, "rows")
"""The table of rows that come from none."""


def standard_literal(value: Value) -> str:
    """A value as SQL text where the engine has no words of its own for studio."""
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return f"X'{value.hex()}'"
    if _is_number(value):
        return str(value).upper() if isinstance(value, bool) else str(value)
    # Infinities too: bare, inf and nan would be names of columns.
    return "'" + as_text(value).replace("'", "''") + "'"


def _is_number(value: Value) -> bool:
    if isinstance(value, Decimal):
        return value.is_finite()
    # Of a whole number that no double holds, isfinite cannot tell.
    return isinstance(value, int) or (isinstance(value, float) and isfinite(value))


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of rows, and how their engine writes values as SQL."""

    columns: tuple[str, ...]
    kinds: tuple[ColumnKind, ...]
    """One a column: what texts stand for; ANY where a text is a text."""
    table: TableRef = UNNAMED
    """What INSERT names."""
    literal: Callable[[Value], str] = standard_literal
    before_values: str = ""
    """What INSERT says before VALUES."""
    declared: tuple[ColumnKind, ...] = ()
    """One a column: what it was declared as, whatever its values are."""


def header(
    backend: Backend,
    columns: Sequence[str],
    kinds: Sequence[ColumnKind],
    table: TableRef = UNNAMED,
    known: Sequence[Column] = (),
) -> Header:
    """The header of rows that `backend` gave; kinds that are missing are ANY. `known`: the columns
    of the table they are put into, where that is known.
    """
    padded = (*kinds, *(ColumnKind.ANY,) * (len(columns) - len(kinds)))
    declared = padded
    rules = ask(backend, EDITING)
    if isinstance(rules, Absent):
        return Header(tuple(columns), padded, table, declared=declared)
    if not rules.prints:
        # The class of each value says what it is, whatever its column was declared as.
        padded = (ColumnKind.ANY,) * len(columns)
    return Header(
        tuple(columns),
        padded,
        table,
        partial(rules.literal, ""),
        rules.numbered(known),
        declared,
    )
