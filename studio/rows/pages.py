"""Fetching one page."""

from time import perf_counter

from sqlalchemy import Connection

from studio.backends.base import Backend
from studio.db.fetching import fetch
from studio.db.lane import Lane
from studio.model.catalog import Table
from studio.model.errors import StatementFailed
from studio.model.page import Direction, PageRequest, RowPage
from studio.rows.asking import ask_filtered
from studio.rows.select import PagePlan, Row, plan


async def fetch_page(lane: Lane, table: Table, request: PageRequest) -> RowPage:
    """The page that answers `request`, in one short turn of the lane. Raises StudioError.

    A table without identity is read by OFFSET: rows that come or go meanwhile may shift what a
    later page shows, which is why a grid calls such a window unstable.
    """
    planned = planned_page(request, table, lane.backend)
    return await ask_filtered(
        lane, table, request.filters, lambda connection: read_page(connection, planned, request)
    )


def planned_page(request: PageRequest, table: Table, backend: Backend) -> PagePlan:
    """The statements for `request`. Raises StatementFailed where they cannot be made: an unknown
    column, the key of another order.
    """
    try:
        return plan(request, table, backend)
    except KeyError as error:
        raise StatementFailed(f"{table.ref} has no column {error.args[0]}") from error
    except ValueError as error:
        raise StatementFailed(str(error), hint="start from the first page") from error


def read_page(connection: Connection, planned: PagePlan, request: PageRequest) -> RowPage:
    """Run the statements of `planned` until the page is full; blocks."""
    started = perf_counter()
    found: list[Row] = []
    wanted = request.limit + 1
    for statement in planned.statements:
        found.extend(fetch(connection, statement.limit(wanted - len(found))).rows)
        if len(found) >= wanted:
            break
    more = len(found) > request.limit
    rows = found[: request.limit]
    if request.direction is Direction.BACKWARD:
        rows.reverse()
    return RowPage(
        request=request,
        columns=planned.columns,
        rows=tuple([planned.shown(row) for row in rows]),
        identities=tuple([planned.identified(row) for row in rows]),
        keys=tuple([planned.keyed(row) for row in rows]) if planned.key else (),
        more=more,
        elapsed_ms=(perf_counter() - started) * 1000,
    )
