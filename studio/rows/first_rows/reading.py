"""Reading the first rows: one blocking connection, outline, table, page."""

from sqlalchemy import Connection

from studio.backends.base import Backend, Opening, Target
from studio.db.session import described, read_once
from studio.model.errors import StudioError
from studio.model.page import PageRequest
from studio.rows.first_rows.answer import FirstRows
from studio.rows.first_rows.choice import wanted_table
from studio.rows.first_rows.sizes import sized
from studio.rows.pages import planned_page, read_page


def read(target: Target, wanted: str | None, page_rows: int) -> FirstRows | None:
    """The first screen of `target`; None when there is nothing to show, or something went wrong.

    What went wrong is found, and said, again by the screen's own connection.
    """

    def first(connection: Connection, backend: Backend, opening: Opening) -> FirstRows | None:
        server = backend.server(connection, opening)
        summaries = backend.outline(connection)
        if not wanted:
            summaries = sized(connection, backend, summaries)
        ref = wanted_table(summaries, wanted)
        if ref is None:
            return None
        table = backend.table(connection, ref)
        request = PageRequest(table.ref, limit=page_rows)
        page = read_page(connection, planned_page(request, table, backend), request)
        return FirstRows(opening.label, described(server, opening), summaries, table, page)

    try:
        return read_once(target, first)
    except StudioError:
        return None
