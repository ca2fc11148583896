"""What the sessions of a server do, and how one is stopped."""

from collections.abc import Collection, Mapping
from typing import Protocol

from sqlalchemy import Connection

from studio.backends.halves import Half
from studio.model.activity import Moment, Overview, ServerSession


class Activity(Protocol):
    """Looks at a server from a connection of Purpose.ACTIVITY, outside of any transaction: inside
    one a server may go on telling of its first moment. Errors are the driver's.
    """

    def look(self, connection: Connection) -> Moment:
        """One moment."""

    def overview(self, connection: Connection, *, with_sizes: bool) -> Overview:
        """The server with all its databases. Their sizes cost a look at every file."""

    def usual(self, connection: Connection, statements: Collection[int]) -> Mapping[int, float]:
        """How many milliseconds each of these `query_id`s takes in the mean, in this database; of
        what nobody counts, nothing. It may read all that is counted.
        """

    def cancel(self, connection: Connection, session: ServerSession) -> bool:
        """Stop the statement that was seen; False: it is over, or the session is gone.

        The transaction stays open. Raises Refused where who it is cannot be told.
        """

    def terminate(self, connection: Connection, session: ServerSession) -> bool:
        """End the session that was seen, and roll back what it did; False: it is gone.

        Raises Refused where who it is cannot be told.
        """

    def prepared_ends(self, gid: str) -> tuple[str, str]:
        """The statements that commit a prepared transaction, and that roll it back: to copy."""


ACTIVITY: Half[Activity] = Half("activity", "studio cannot see the sessions of {engine} yet")
"""An attribute `activity`."""
