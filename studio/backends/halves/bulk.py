"""Many rows at once, out of a table and into one, by an engine's own way."""

from collections.abc import Callable, Sequence
from typing import ClassVar, Protocol

from sqlalchemy import Connection

from studio.backends.halves import Half
from studio.model.catalog import Column, ColumnKind, Table
from studio.model.page import Value


class Bulk(Protocol):
    """Moves rows. Errors are the driver's."""

    long_reads: ClassVar[bool]
    """Whether a read of minutes is in nobody's way: else rows are read in chunks, each of its own
    moment.
    """

    def csv(
        self,
        connection: Connection,
        table: Table,
        columns: Sequence[str],
        take: Callable[[bytes], object],
    ) -> bool:
        """Give `take` every row as the bytes that the house's CSV has for it, a call a row; False,
        and nothing was read: these rows are not to be had so.
        """

    def insert(
        self,
        connection: Connection,
        table: Table,
        columns: Sequence[str],
        rows: Sequence[Sequence[Value]],
    ) -> None:
        """Insert `rows`, all or none; raises ValueError for a value the engine cannot hold."""

    def read(self, text: str, column: Column) -> Value:
        """What a text of a file without types means in `column`. Raises ValueError."""

    def type_name(self, kind: ColumnKind) -> str:
        """The type of a new column for values of `kind`."""


BULK: Half[Bulk] = Half("bulk", "rows cannot be imported into a {engine} database from here")
"""An attribute `bulk`."""
