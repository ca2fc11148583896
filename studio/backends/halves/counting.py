"""A better estimate of how many rows a table has: slower, and away from the lane."""

from collections.abc import Callable
from typing import Protocol

from sqlalchemy import Connection

from studio.backends.halves import Half
from studio.model.catalog import Table
from studio.model.page import RowCount


class BetterEstimate(Protocol):
    """Look closer than `Backend.estimate` does."""

    def __call__(
        self, connection: Connection, table: Table
    ) -> Callable[[], RowCount | None] | None:
        """What to call in a thread for a better estimate, without the connection; None where there
        is nothing to gain.
        """


CLOSER_LOOK: Half[BetterEstimate] = Half(
    "closer_look", "{engine} has one estimate and no better one"
)
"""A method `closer_look`."""
