"""A statement with its values written into it: read, explained and analysed, never run."""

from math import isinf
from typing import cast

from sqlalchemy import BindParameter, ColumnElement, Connection, Select, literal_column
from sqlalchemy.sql.visitors import ExternallyTraversible, replacement_traverse


def sql_of(connection: Connection, statement: Select[tuple[object, ...]]) -> str:
    """A statement as text, its values written into it."""
    written = cast("Select[tuple[object, ...]]", replacement_traverse(statement, {}, _write))
    dialect = connection.dialect
    text = str(written.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    # Drivers that take values as %s have every other percent sign doubled.
    return text.replace("%%", "%") if dialect.paramstyle in {"format", "pyformat"} else text


def _write(element: ExternallyTraversible, **_: object) -> ColumnElement[object] | None:
    """A bound value as a literal; on PostgreSQL its type is inferred, as it is when bound."""
    if not isinstance(element, BindParameter):
        return None
    value = element.effective_value
    return literal_column(_literal(value))


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, float) and isinf(value):
        return "9e999" if value > 0 else "-9e999"
    if isinstance(value, bool | int | float):
        return str(value)
    if isinstance(value, bytes):
        return f"x'{value.hex()}'"
    return "'" + str(value).replace("'", "''") + "'"
