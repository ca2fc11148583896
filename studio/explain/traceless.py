"""Work that leaves no trace: in its own transaction, or behind a savepoint in the user's (§5)."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from studio.db.lane import Lane

T = TypeVar("T")
SAVEPOINT = "studio_explain"
MOST_ATTEMPTS = 20
"""Ways back tried: whoever stops the work may interrupt these as well, some milliseconds long."""


async def traceless(
    lane: Lane,
    is_open: Callable[[Connection], bool],
    work: Callable[[Connection], T],
    *,
    read_only: bool,
) -> T:
    """Do `work` and undo it. A transaction the user has open on the lane stays as it was found.

    `is_open` tells whether there is one, and raises Refused where it has failed already.
    `read_only` is for a transaction of its own; in the user's, `work` has to see to that.
    """
    if await lane.run(is_open):
        return await lane.run(lambda connection: behind_savepoint(connection, work))
    async with lane.transaction(read_only=read_only) as transaction:
        answer = await transaction.run(work)
        await transaction.rollback()
        return answer


def behind_savepoint(connection: Connection, work: Callable[[Connection], T]) -> T:
    """Do `work` inside an open transaction and undo it; what was there before it stays."""
    connection.exec_driver_sql(f"SAVEPOINT {SAVEPOINT}")
    try:
        return work(connection)
    finally:
        _go_back(connection)


def _go_back(connection: Connection) -> None:
    for attempt in range(MOST_ATTEMPTS):
        try:
            connection.exec_driver_sql(f"ROLLBACK TO SAVEPOINT {SAVEPOINT}")
            connection.exec_driver_sql(f"RELEASE SAVEPOINT {SAVEPOINT}")
        except DBAPIError as error:
            if error.connection_invalidated or attempt == MOST_ATTEMPTS - 1:
                raise
        else:
            return
