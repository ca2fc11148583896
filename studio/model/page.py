"""Rows: which of them a page is asked for, and the answer."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from studio.model.row_page import SHOWN_BYTES as SHOWN_BYTES
from studio.model.row_page import Direction as Direction
from studio.model.row_page import PageKey as PageKey
from studio.model.row_page import PageRequest as PageRequest
from studio.model.row_page import RowCount as RowCount
from studio.model.row_page import RowPage as RowPage
from studio.model.row_page import Shortened as Shortened
from studio.model.row_page import Sort as Sort
from studio.model.row_page import Value as Value
from studio.model.row_page import shortened as shortened
from studio.model.term import Term, columns_in

if TYPE_CHECKING:
    from collections.abc import Iterator


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
class WrittenCondition:
    """A condition as SQL somebody wrote; it runs in a read-only transaction only, and only when
    nothing it calls could act in one.
    """

    sql: str


Condition: TypeAlias = Filter | AnyOf | AllOf | Not | Expressed | WrittenCondition


def leaves(
    conditions: "tuple[Condition, ...]",
) -> "Iterator[Filter | Expressed | WrittenCondition]":
    """The comparisons of `conditions`, from left to right."""
    for condition in conditions:
        match condition:
            case AllOf(inner) | AnyOf(inner):
                yield from leaves(inner)
            case Not(negated):
                yield from leaves((negated,))
            case _:
                yield condition
