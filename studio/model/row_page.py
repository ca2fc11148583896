"""A page of rows, and the question for it. Light: the first rows wait for it."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from studio.model.relation import TableRef

if TYPE_CHECKING:
    from studio.model.page import Condition

SHOWN_BYTES = 4096
"""A value longer than this many UTF-8 bytes is fetched for the grid as its head only."""


@dataclass(frozen=True, slots=True)
class Shortened:
    """The head of a value too long for a page; the whole is fetched when asked for."""

    head: str | bytes


Value: TypeAlias = bool | int | float | Decimal | str | bytes | Shortened | None
"""A value as the driver hands it over, never display text studio made.

On PostgreSQL every value is the server's own text (or None): exact for every type. On SQLite it has
the storage class's Python type; TEXT that is not UTF-8 carries surrogate escapes.
"""


def shortened(value: Value) -> Value:
    """The value, or its head when it is longer than SHOWN_BYTES."""
    if isinstance(value, bytes) and len(value) > SHOWN_BYTES:
        return Shortened(value[:SHOWN_BYTES])
    if isinstance(value, str) and len(value) * 4 > SHOWN_BYTES:
        raw = value.encode("utf-8", "surrogateescape")
        if len(raw) > SHOWN_BYTES:
            return Shortened(raw[:SHOWN_BYTES].decode("utf-8", "ignore"))
    return value


@dataclass(frozen=True, slots=True)
class Sort:
    """One term of an order."""

    column: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class PageKey:
    """A row's place in the order: one whole value per term, identity columns last, so no two rows
    share one.
    """

    values: tuple[Value, ...]


class Direction(StrEnum):
    """Which way a page is read from its start."""

    FORWARD = "forward"
    BACKWARD = "backward"


@dataclass(frozen=True, slots=True)
class PageRequest:
    """The question; equality decides whether an answer is still wanted."""

    table: TableRef
    order: tuple[Sort, ...] = ()
    """What the person asked for; identity columns are appended when SQL is made."""
    filters: "tuple[Condition, ...]" = ()
    """All must hold."""
    start: PageKey | None = None
    """Rows strictly beyond this one; None: from the first row (or, backward, the last)."""
    direction: Direction = Direction.FORWARD
    limit: int = 200
    inclusive: bool = False
    """Take the row at `start` too: a refresh in place."""
    offset: int = 0
    """Rows skipped before the page: only for tables without identity, where there is no key."""


@dataclass(frozen=True, slots=True)
class RowPage:
    """The rows that answered one request, always in the request's order, first row first."""

    request: PageRequest
    columns: tuple[str, ...]
    """The table's columns, as shown."""
    rows: tuple[tuple[Value, ...], ...]
    """One tuple a row, one value a column of `columns`."""
    identities: tuple[tuple[Value, ...], ...]
    """One tuple a row: whole values of the table's identity columns; () each without identity."""
    keys: tuple[PageKey, ...]
    """One a row; empty when the table has no identity."""
    more: bool
    """Whether rows lie beyond the page in its direction."""
    elapsed_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class RowCount:
    """How many rows answer a question."""

    rows: int
    exact: bool
    source: str = ""
    """How it is known: "count", "reltuples", "EXPLAIN", "rowid span", "sampled leaves", …"""
