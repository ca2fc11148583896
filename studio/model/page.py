"""Rows: the question for a page, and the answer."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from studio.model.catalog import TableRef
from studio.model.term import Term, columns_in

if TYPE_CHECKING:
    from collections.abc import Iterator

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


class Operator(StrEnum):
    """How a filter compares; the value of each member is how people type it."""

    EQUAL = "="
    NOT_EQUAL = "!="
    LESS = "<"
    LESS_EQUAL = "<="
    GREATER = ">"
    GREATER_EQUAL = ">="
    CONTAINS = "contains"
    """Case-insensitive, anywhere in the value's text. Typed `~` too, where that is no regular
    expression of the engine.
    """
    NOT_CONTAINS = "not contains"
    LIKE = "like"
    ILIKE = "ilike"
    IN = "in"
    """`value` is None, `values` holds the list."""
    NOT_IN = "not in"
    IS_NULL = "is null"
    IS_NOT_NULL = "is not null"


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition on one column, with a typed value, never SQL text."""

    column: str | None
    """None: any column whose values are text (free text search)."""
    operator: Operator
    value: Value = None
    values: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Holds when one of its conditions holds."""

    conditions: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class AllOf:
    """Holds when every one of its conditions holds."""

    conditions: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    """Holds when its condition does not."""

    condition: "Condition"


@dataclass(frozen=True, slots=True)
class Expressed:
    """A comparison by the engine's own operators, or of what the engine computes."""

    left: Term
    operator: str
    """A sign or word the engine offers, or one every engine has (`=`, `like`, `is null`)."""
    right: Term | None = None
    """None for `is null` and `is not null`."""
    quantifier: str = ""
    """`any` or `all`: of the elements of `right`."""

    @property
    def columns(self) -> frozenset[str]:
        """The columns it is about."""
        return columns_in(self.left) | columns_in(self.right)


@dataclass(frozen=True, slots=True)
class Written:
    """A condition as SQL somebody wrote; it runs in a read-only transaction only, and only when
    nothing it calls could act in one.
    """

    sql: str


Condition: TypeAlias = Filter | AnyOf | AllOf | Not | Expressed | Written


def leaves(conditions: "tuple[Condition, ...]") -> "Iterator[Filter | Expressed | Written]":
    """The comparisons of `conditions`, from left to right."""
    for condition in conditions:
        match condition:
            case AllOf(inner) | AnyOf(inner):
                yield from leaves(inner)
            case Not(negated):
                yield from leaves((negated,))
            case _:
                yield condition


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
    filters: tuple[Condition, ...] = ()
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
