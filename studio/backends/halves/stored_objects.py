"""What a database holds besides tables, with its source: the optional half for who reads it."""

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import Connection

from studio.backends.halves import Half
from studio.model.stored import StoredObject


class StoredObjects(Protocol):
    """The half that lists them."""

    def listed(self, connection: Connection) -> Sequence[StoredObject]:
        """What people made, by kind and name. May block; raises StudioError."""

    def source(self, connection: Connection, found: StoredObject) -> str:
        """The statement that makes it; empty where there is none. May block; raises
        StatementFailed where it is gone, other StudioErrors.
        """


STORED_OBJECTS: Half[StoredObjects] = Half(
    "stored_objects", "{engine} does not tell what it holds besides tables and views"
)
"""An attribute `stored_objects`."""
