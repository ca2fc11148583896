"""Values that are made of others, part by part: the optional half of who shows one whole."""

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import Connection

from studio.backends.halves import Half
from studio.model.catalog import Column, TableRef
from studio.model.page import Value
from studio.model.parts import ValuePart


class Unfolding(Protocol):
    """The half that takes them apart."""

    def is_made_of_parts(self, column: Column) -> bool:
        """Whether values of the column have parts. Does not block."""

    def parts(
        self, connection: Connection, table: TableRef, column: Column, value: Value
    ) -> Sequence[ValuePart]:
        """Its parts, with the names the catalog gives them; none where it has none, or is too long
        to be taken apart. May block; raises StudioError.
        """


UNFOLDING: Half[Unfolding] = Half("unfolding", "{engine} has no values that are made of others")
"""An attribute `unfolding`."""
