"""The first look itself: one blocking connection, outline, table, page."""

from sqlalchemy import Connection

from studio.backends.base import Backend, Opening, Target
from studio.db.session import described, read_once
from studio.model.errors import StudioError
from studio.model.page import PageRequest
from studio.rows.first_look import FirstLook, wanted_table
from studio.rows.pages import planned_page, read_page


def look(target: Target, wanted: str | None, page_rows: int) -> FirstLook | None:
    """The first screen of `target`; None when there is nothing to show, or something went wrong.

    What went wrong is found, and said, again by the screen's own connection.
    """

    def read(connection: Connection, backend: Backend, opening: Opening) -> FirstLook | None:
        server = backend.server(connection, opening)
        summaries = backend.outline(connection)
        ref = wanted_table(summaries, wanted)
        if ref is None:
            return None
        table = backend.table(connection, ref)
        request = PageRequest(table.ref, limit=page_rows)
        page = read_page(connection, planned_page(request, table, backend), request)
        return FirstLook(opening.label, described(server, opening), summaries, table, page)

    try:
        return read_once(target, read)
    except StudioError:
        return None
