"""A page's statement with its values written into it, to be read and explained."""

from sqlalchemy import Connection

from studio.backends.base import Backend
from studio.model.catalog import Table
from studio.model.page import PageRequest
from studio.rows.literal_sql import sql_of
from studio.rows.pages import planned_page


def page_sql(connection: Connection, table: Table, request: PageRequest, backend: Backend) -> str:
    """The first statement a page asks."""
    statement = planned_page(request, table, backend).statements[0].limit(request.limit + 1)
    return sql_of(connection, statement, backend)
