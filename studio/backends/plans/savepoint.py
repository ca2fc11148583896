"""Work inside somebody's open transaction that leaves no trace in it (explain/README.md, §4)."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

T = TypeVar("T")
SAVEPOINT = "studio_explain"
MOST_ATTEMPTS = 20
"""Ways back tried: whoever stops the work may interrupt these as well, some milliseconds long."""


def behind_savepoint(connection: Connection, work: Callable[[Connection], T]) -> T:
    """Do `work` inside an open transaction and undo it; what was there before it stays."""
    connection.exec_driver_sql(f"SAVEPOINT {SAVEPOINT}")
    try:
        return work(connection)
    finally:
        _go_back(connection)


def attempted(connection: Connection, work: Callable[[Connection], T]) -> T:
    """Do `work` and keep it; where the server refuses it, the transaction is as it was before."""
    connection.exec_driver_sql(f"SAVEPOINT {SAVEPOINT}_step")
    try:
        answer = work(connection)
    except DBAPIError as error:
        if not error.connection_invalidated:
            connection.exec_driver_sql(f"ROLLBACK TO SAVEPOINT {SAVEPOINT}_step")
        raise
    connection.exec_driver_sql(f"RELEASE SAVEPOINT {SAVEPOINT}_step")
    return answer


def _go_back(connection: Connection) -> None:
    if connection.invalidated:
        # The transaction went with its connection; what was raised is the reason to tell.
        return
    for attempt in range(MOST_ATTEMPTS):
        try:
            connection.exec_driver_sql(f"ROLLBACK TO SAVEPOINT {SAVEPOINT}")
            connection.exec_driver_sql(f"RELEASE SAVEPOINT {SAVEPOINT}")
        except DBAPIError as error:
            if error.connection_invalidated or attempt == MOST_ATTEMPTS - 1:
                raise
        else:
            return
