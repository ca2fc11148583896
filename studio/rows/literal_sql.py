"""A statement with its values written into it: read, explained and analysed, never run."""

from collections.abc import Callable
from functools import partial
from math import isinf
from typing import cast

from sqlalchemy import BindParameter, ColumnElement, Connection, Select, literal_column
from sqlalchemy.sql.visitors import ExternallyTraversible, replacement_traverse

from studio.backends.base import Backend
from studio.backends.halves import Absent, ask
from studio.backends.halves.editing import EDITING

_Write = Callable[[str], str]


def sql_of(connection: Connection, statement: Select[tuple[object, ...]], backend: Backend) -> str:
    """A statement as text, its values written into it: texts as `backend` reads them, whatever the
    session is set to.
    """
    rules = ask(backend, EDITING)
    text_of = _quoted if isinstance(rules, Absent) else partial(rules.literal, "")
    write = partial(_write, text_of)
    written = cast("Select[tuple[object, ...]]", replacement_traverse(statement, {}, write))
    dialect = connection.dialect
    text = str(written.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    # Drivers that take values as %s have every other percent sign doubled.
    return text.replace("%%", "%") if dialect.paramstyle in {"format", "pyformat"} else text


def _write(
    text_of: _Write, element: ExternallyTraversible, **_: object
) -> ColumnElement[object] | None:
    """A bound value as a literal; on PostgreSQL its type is inferred, as it is when bound."""
    if not isinstance(element, BindParameter):
        return None
    value = element.effective_value
    return literal_column(_literal(value, text_of))


def _literal(value: object, text_of: _Write) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, float) and isinf(value):
        return "9e999" if value > 0 else "-9e999"
    if isinstance(value, bool | int | float):
        return str(value)
    if isinstance(value, bytes):
        return f"x'{value.hex()}'"
    return text_of(str(value))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
