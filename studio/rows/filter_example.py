"""An example of a filter, made of a table's own columns: for the line one is typed in."""

from collections.abc import Iterator

from studio.model.catalog import Column, ColumnKind, Table
from studio.model.page import Condition, Filter, Operator
from studio.rows.filter_text import format_filters
from studio.rows.typed_value import ValueReader

_LONGEST = 24
"""Characters of a name that still make an example."""


def example_of(table: Table, reader: ValueReader) -> str:
    """Conditions on one or two columns that say something: a text and a number that is no key,
    where there are. They read back as conditions; empty for a table without columns.
    """
    readable = [c for c in table.columns if not c.hidden and c.name.isprintable()]
    short = [c for c in readable if len(c.name) <= _LONGEST] or readable
    return format_filters(tuple(_chosen(short, _keys_of(table), reader)), table, reader)


def _chosen(columns: list[Column], keys: set[str], reader: ValueReader) -> Iterator[Condition]:
    text = next((c for c in columns if c.kind is ColumnKind.TEXT and c.name not in keys), None)
    numbers = [c for c in columns if c.kind.is_number]
    number = next((c for c in numbers if c.name not in keys), next(iter(numbers), None))
    if text is not None:
        yield Filter(text.name, Operator.CONTAINS, "an")
    if number is not None:
        yield Filter(number.name, Operator.GREATER, reader.parse("100", number))
    if text is None and number is None and columns:
        yield Filter(columns[0].name, Operator.IS_NOT_NULL)


def _keys_of(table: Table) -> set[str]:
    return {*table.primary_key, *(name for key in table.foreign_keys for name in key.columns)}
