"""Many rows at once, out of a table and into one, by an engine's own way."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from sqlalchemy import Connection

from studio.backends.halves import Half
from studio.model.catalog import Column, ColumnKind, Table
from studio.model.page import Value

Buffer = bytes | bytearray | memoryview
"""What a driver has bytes in."""
END_OF_VALUE, END_OF_ROW = b"\xfe", b"\xfd"
"""Between values and before each row: no UTF-8 holds them."""


@dataclass(frozen=True, slots=True)
class Joined:
    r"""Rows as one value: numbers as Python writes them, bytes as hex behind `\x`, texts as they
    are, in whatever bytes; if all of it is UTF-8 but for what stands between, so is each text.
    """

    data: bytes
    rows: int
    empty: bytes
    """Stands for an empty text, for NULL is nothing: no value is this, but by an accident of 64
    random bits.
    """


class TablePieces(Protocol):
    """The rows of a table by ranges of the whole number that names each; on blocking connections
    of `Session.own_lane`, several at once. Errors are StudioError.
    """

    def fits(self, connection: Connection) -> bool:
        """Whether this table can be read so after all."""

    def end(self, connection: Connection, after: int | None, rows: int) -> int | None:
        """The key of the last of the next `rows` rows; None: there are fewer."""

    def joined(self, connection: Connection, after: int | None, until: int | None) -> Joined | None:
        """The rows behind `after`, up to `until`; None: they are not to be had so, of their size
        or of what is in them.
        """


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
        begin: Callable[[], Callable[[Buffer], object]],
        tell: Callable[[int], object],
    ) -> int | None:
        """Give what `begin` answers every row as the bytes that the house's CSV has for it, and
        `tell` now and then how many those were; how many in all. None, and `begin` was not called:
        these rows are not to be had so.
        """

    def pieces(self, table: Table, columns: Sequence[str]) -> TablePieces | None:
        """The table in pieces that the engine joins by itself; None: only row by row."""

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
