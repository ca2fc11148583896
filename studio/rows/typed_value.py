"""What a typed value means in a column."""

from typing import Protocol

from studio.model.catalog import Column, ColumnKind
from studio.model.page import Operator, Value
from studio.rows.literal import Literal

TEXTUAL = {Operator.CONTAINS, Operator.NOT_CONTAINS, Operator.LIKE, Operator.ILIKE}
"""Comparisons with a column's text."""
_VERBATIM = {ColumnKind.TEXT, ColumnKind.ENUM, ColumnKind.ANY}
"""Kinds for which a quoted value is text as it stands."""


class ValueReader(Protocol):
    """What parsing needs of a Backend."""

    def parse(self, text: str, column: Column) -> Value:
        """Typed text as a value; raises ValueError with the type's rule."""


def value_of(literal: Literal, column: Column, reader: ValueReader) -> Value:
    """What a literal means in `column`. Raises ValueError with the type's rule."""
    if literal.value is not None:
        return literal.value
    if literal.quoted and column.kind in _VERBATIM:
        return literal.text
    return reader.parse(literal.text, column)
