"""A page's statement with its values written into it, to be read and explained."""

from math import isinf
from typing import cast

from sqlalchemy import BindParameter, ColumnElement, Connection, Select, literal_column
from sqlalchemy.sql.visitors import ExternallyTraversible, replacement_traverse

from studio.backends.base import Backend
from studio.model.catalog import Table
from studio.model.page import PageRequest
from studio.rows.pages import planned_page


def page_sql(connection: Connection, table: Table, request: PageRequest, backend: Backend) -> str:
    """The first statement a page asks."""
    statement = planned_page(request, table, backend).statements[0].limit(request.limit + 1)
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
