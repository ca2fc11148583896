"""What a server knows of a table's use: the optional half of the structure page."""

from typing import Protocol

from sqlalchemy import Connection

from studio.backends.halves import Half
from studio.model.relation import TableRef
from studio.model.table_use import TableUse


class ReadsUse(Protocol):
    """Reads it."""

    def __call__(self, connection: Connection, ref: TableRef) -> TableUse:
        """In milliseconds, whatever the table's size. May block; raises StudioError."""


TABLE_USE: Half[ReadsUse] = Half("table_use", "{engine} does not count how a table is used")
"""A method `table_use`."""
