"""What the grid scrolls over, however the rows come to be there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from studio.model.row_page import Value


class GridSource(Protocol):
    """Rows by place. Everything answers at once: what is not there yet is None."""

    @property
    def height(self) -> int:
        """How many rows there are, or are thought to be."""

    def row(self, index: int) -> Sequence[Value] | None:
        """The values of a row, one a column; None while it is not loaded."""

    def number(self, index: int) -> str:
        """The row's number for people, with `~` when it is an estimate."""

    def sign(self, index: int) -> str:
        """`~` changed, `+` inserted, `×` deleted; empty for a row as the database has it."""

    def cell_sign(self, index: int, column: int) -> str:
        """`~` where a staged value stands; asked only of rows whose sign is `~`."""

    def placeholder(self, index: int, column: int) -> str:
        """What the database will put there (`auto`, `default`); empty: the value in `row`.

        Asked only of rows whose sign is `+` or `~`.
        """


class CellLabels(Protocol):
    """What stands in other tables, shown beside the values that lead there."""

    def label(self, row: Sequence[Value], column: int) -> str:
        """What a row's value leads to; empty: nothing, or it is not read yet."""


class UnstagedSource:
    """What is the same for all rows in which nothing can be staged."""

    __slots__ = ()

    def number(self, index: int) -> str:
        """The row's number, counted from 1."""
        return f"{index + 1:,}"

    def sign(self, index: int) -> str:
        """Nothing is changed here."""
        del index
        return ""

    def cell_sign(self, index: int, column: int) -> str:
        """Nothing is changed here."""
        del index, column
        return ""

    def placeholder(self, index: int, column: int) -> str:
        """Nothing is inserted here."""
        del index, column
        return ""


@dataclass(frozen=True, slots=True)
class ListSource(UnstagedSource):
    """Rows that are all here: query results, lists, tests."""

    rows: Sequence[Sequence[Value]]

    @property
    def height(self) -> int:
        """How many rows there are."""
        return len(self.rows)

    def row(self, index: int) -> Sequence[Value] | None:
        """The row, always loaded."""
        return self.rows[index]
