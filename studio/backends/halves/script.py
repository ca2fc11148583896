"""A database as the statements that make it, where relations stand on more than each other: types,
functions, sequences.
"""

from collections.abc import Iterable
from typing import Protocol

from sqlalchemy import Connection

from studio.backends.halves import Half


class SchemaScript(Protocol):
    """Writes the statements that make a schema again."""

    def __call__(self, connection: Connection) -> Iterable[str]:
        """Every statement that makes what this database holds, without semicolons, in an order
        that runs in an empty one.
        """


SCHEMA_SCRIPT: Half[SchemaScript] = Half(
    "schema_script", "{engine} has relations alone, each with the statement that makes it"
)
"""A method `schema_script`."""
