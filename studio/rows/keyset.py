"""Keyset paging: where the rows beyond a key are, as ranges an index can seek.

Rows beyond (x, y, z) in the order a, b, c are, in this order: those level on a and b and past z on
c; those level on a and past y on b; those past x on a. Each of these ranges is contiguous in an
index that serves the order, so each is a seek, however many rows share a prefix. One condition
with OR, or even a row value, is not: SQLite seeks only on its first column where the rest is the
rowid, and then walks every row that is level there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_

from studio.model.page import PageKey
from studio.rows.order import OrderingTerm, level


@dataclass(frozen=True, slots=True)
class Segment:
    """One contiguous range of the rows beyond a key."""

    condition: ColumnElement[bool]
    order: tuple[OrderingTerm, ...]
    """What still has to be sorted by: the range's rows are equal on every other term."""


def beyond(
    order: Sequence[OrderingTerm], key: PageKey, *, inclusive: bool = False
) -> tuple[Segment, ...]:
    """The rows strictly beyond `key` (or from it on), as ranges in the order they come.

    Raises ValueError when the key belongs to another order.
    """
    if len(order) != len(key.values):
        raise ValueError(f"a key of {len(key.values)} values for an order of {len(order)} terms")
    return tuple(_segments(tuple(order), key, inclusive=inclusive))


def _segments(
    order: tuple[OrderingTerm, ...], key: PageKey, *, inclusive: bool
) -> Iterator[Segment]:
    if inclusive and (here := level(order, key.values)) is not None:
        yield Segment(here, ())
    for depth in reversed(range(len(order))):
        prefix = level(order[:depth], key.values[:depth])
        # PostgreSQL knows that `a = 1` leaves nothing of a to sort by, not that `a IS NULL` does.
        ties = zip(order[:depth], key.values[:depth], strict=True)
        rest = (*(term for term, value in ties if value is None), *order[depth:])
        for past in order[depth].beyond(key.values[depth]):
            condition = past if prefix is None else and_(prefix, past)
            yield Segment(condition, rest)
