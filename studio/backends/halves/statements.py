"""Which statements a server spends its time on."""

from typing import Protocol

from sqlalchemy import Connection

from studio.backends.halves import Half
from studio.model.statements import StatementOrder, TopStatements


class CountsStatements(Protocol):
    """Reads what a server has counted anyway, from a connection of Purpose.ACTIVITY."""

    def top(self, connection: Connection, order: StatementOrder, limit: int) -> TopStatements:
        """The first statements of the connected database. Raises Unsupported, with what would
        help, where the server counts none; else the driver's errors.
        """


STATEMENTS: Half[CountsStatements] = Half(
    "statements", "studio does not know which statements {engine} spends its time on"
)
"""An attribute `statements`."""
