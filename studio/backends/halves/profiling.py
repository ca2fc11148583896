"""What an engine knows of a column's values without reading them, and how they become numbers."""

from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import ColumnElement, Connection

from studio.backends.halves import Half
from studio.model.catalog import Column, Table
from studio.model.page import Value
from studio.model.profile import Frequent


@dataclass(frozen=True, slots=True)
class ColumnStatistics:
    """An engine's statistics of one column, of a sample it took once; None: not among them."""

    nulls: float | None = None
    """The share of rows without a value, 0 to 1."""
    distinct: float | None = None
    """Different values."""
    distinct_share: float | None = None
    """The same as a share of the rows, where the engine expects them to grow together."""
    width: int | None = None
    """Bytes of a value on average, as stored."""
    frequent: tuple[Frequent, ...] = ()
    bounds: tuple[Value, ...] = ()
    """In the type's order; between two neighbours lie equally many of the other values."""
    analyzed: str = ""
    """When, as the engine writes it."""


class Profiling(Protocol):
    """The half that profiles begin with."""

    def known(
        self, connection: Connection, table: Table, column: Column
    ) -> ColumnStatistics | None:
        """In milliseconds, whatever the table's size. None: there are no statistics, or this user
        may not see them.
        """

    def number(self, column: Column, value: ColumnElement[object]) -> ColumnElement[object] | None:
        """`value` as a finite number, times as seconds since 1970, NULL where it is none: for a
        histogram. None: values of this column are no numbers.
        """


PROFILING: Half[Profiling] = Half("profiling", "{engine} keeps no statistics that studio can read")
"""An attribute `profiling`."""
