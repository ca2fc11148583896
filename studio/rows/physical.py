"""Rows of a table without a key, by where they lie on disk.

No index serves that order, so an ORDER BY alone would sort the whole table. But a range of blocks
is read by itself, and a page is nearly always in the first few: so the rows beyond a place are
asked for in growing ranges of blocks, and the next is only read when the last was not enough.
"""

import re
from collections.abc import Iterator

from sqlalchemy import ColumnElement, and_, true

from studio.model.catalog import IdentityKind, Table
from studio.model.page import PageKey, Value
from studio.rows.keyset import Segment
from studio.rows.order import OrderingTerm

_BLOCK_BYTES = 8192
"""A PostgreSQL block as it is nearly always built; another size costs time, never rows."""
_WIDTHS = (16, 128, 1024)
_CTID = re.compile(r"\((\d+),\d+\)")


def applies(relation: Table, terms: tuple[OrderingTerm, ...]) -> bool:
    """Whether the order is that of places on disk and nothing else."""
    return (
        relation.identity_kind is IdentityKind.CTID
        # A deferrable unique constraint is no identity, and still an order of one column.
        and tuple(term.column.name for term in terms) == relation.identity
    )


def beyond(
    relation: Table, term: OrderingTerm, start: PageKey | None, *, inclusive: bool
) -> tuple[Segment, ...]:
    """The rows beyond `start` (or from the end the term begins at), in ranges of blocks."""
    key = None if start is None else start.values[0]
    edges = list(_edges(relation, term, key))
    here = None if key is None else _from(term, key, inclusive=inclusive)
    ranges = [here, *(_from(term, edge, inclusive=True) for edge in edges)]
    ends = [*(_before(term, edge) for edge in edges), None]
    return tuple(
        Segment(and_(true(), *(part for part in pair if part is not None)), (term,))
        for pair in zip(ranges, ends, strict=True)
    )


def _edges(relation: Table, term: OrderingTerm, key: Value) -> Iterator[str]:
    block = _block(key)
    if block is None:
        block = (relation.bytes or 0) // _BLOCK_BYTES if term.descending else 0
    for width in _WIDTHS:
        block += -width if term.descending else width
        if block <= 0:
            return
        yield f"({block},0)"


def _block(key: Value) -> int | None:
    found = _CTID.fullmatch(key) if isinstance(key, str) else None
    return None if found is None else int(found[1])


def _from(term: OrderingTerm, place: Value, *, inclusive: bool) -> ColumnElement[bool]:
    bound = term.backend.bind(place, term.column)
    if term.descending:
        return term.expression <= bound if inclusive else term.expression < bound
    return term.expression >= bound if inclusive else term.expression > bound


def _before(term: OrderingTerm, place: Value) -> ColumnElement[bool]:
    bound = term.backend.bind(place, term.column)
    return term.expression > bound if term.descending else term.expression < bound
