"""What the values of one column are like: how many, which, how long, of what shape."""

from dataclasses import dataclass
from enum import StrEnum

from studio.model.page import RowCount, Value


class Basis(StrEnum):
    """What a profile was made of; only EXACT says what every row holds."""

    STATISTICS = "statistics"
    """The engine's own, of a sample it took when the table was last analyzed."""
    HEAD = "first rows"
    EXACT = "every row"


@dataclass(frozen=True, slots=True)
class Frequent:
    """A value that many rows have."""

    value: Value
    share: float
    """Of all rows, 0 to 1."""
    rows: int | None = None
    """Counted; None: only the share is known."""


@dataclass(frozen=True, slots=True)
class Bar:
    """Numbers from `first` up to but without `last`; of the last bar with it."""

    first: float
    last: float
    """Times are seconds since 1970."""
    share: float
    """Of all rows, 0 to 1."""


@dataclass(frozen=True, slots=True)
class ValueShape:
    """How some values are written: `email`, `uuid`, `AAA-999`."""

    pattern: str
    count: int


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of a column. What is None or empty is not known."""

    basis: Basis
    rows: RowCount | None = None
    """How many rows it is about; of HEAD, how many were read."""
    nulls: float | None = None
    """The share of rows without a value, 0 to 1."""
    distinct: int | None = None
    """Different values, NULL not counted."""
    least: Value = None
    most: Value = None
    are_ends_estimated: bool = True
    """Whether `least` and `most` are those of a sample."""
    frequent: tuple[Frequent, ...] = ()
    """The most frequent first; NULL is not among them."""
    bars: tuple[Bar, ...] = ()
    lengths: tuple[int, float, int] | None = None
    """Characters of texts: the fewest, on average, the most."""
    width: int | None = None
    """Bytes of a value on average, as stored."""
    shapes: tuple[ValueShape, ...] = ()
    """The most frequent first."""
    shaped: int = 0
    """Of how many values `shapes` tells."""
    analyzed: str = ""
    """When the statistics were taken, as the engine writes it."""
