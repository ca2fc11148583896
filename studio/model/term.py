"""What a condition compares besides a column: values an engine computes of columns."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Named:
    """A column."""

    column: str


@dataclass(frozen=True, slots=True)
class Constant:
    """A value as it was typed."""

    text: str
    is_number: bool = False
    """Typed without quotes, as digits with or without a sign, point and exponent."""


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator of the engine between two terms: `profile ->> 'age'`, `total * 2`."""

    operator: str
    left: "Term"
    right: "Term"


Term: TypeAlias = Named | Constant | Operation


def columns_in(term: Term | None) -> frozenset[str]:
    """The columns a term is computed from."""
    match term:
        case Named(column):
            return frozenset({column})
        case Operation(_, left, right):
            return columns_in(left) | columns_in(right)
    return frozenset()
