"""One whole value, for what a page could show the head of only."""

from studio.db.fetching import fetch
from studio.db.lane import Lane
from studio.model.catalog import Table
from studio.model.errors import StatementFailed, Unsupported
from studio.model.page import Value
from studio.rows.select import one_value


class RowGone(StatementFailed):
    """The row is not there any more."""

    __str__ = StatementFailed.__str__


async def fetch_value(lane: Lane, table: Table, identity: tuple[Value, ...], column: str) -> Value:
    """The value of `column` in the row that `identity` names, however long.

    Raises RowGone, Unsupported for a table without identity, and StudioError.
    """
    if not table.has_identity:
        raise Unsupported(f"{table.ref} has no key: one of its rows cannot be read again")
    try:
        statement = one_value(table, identity, column, lane.backend)
    except KeyError as error:
        raise StatementFailed(f"{table.ref} has no column {column}") from error
    answer = await lane.run(lambda connection: fetch(connection, statement.limit(1)))
    if not answer.rows:
        raise RowGone(f"this row of {table.ref} was deleted or its key was changed")
    return answer.rows[0][0]
