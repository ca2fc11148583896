"""What a tool's rules are made of: its order of migrations, and what it does about each state."""

from dataclasses import dataclass
from typing import ClassVar, Protocol, TypeAlias

Order: TypeAlias = tuple[int | str, ...]
"""A place in the tool's order; two of one framework always compare."""


@dataclass(frozen=True, slots=True)
class NextSteps:
    """What a tool does next about a migration in each state: one sentence each."""

    pending: str
    out_of_order: str
    missing: str
    changed: str = ""
    failed: str = ""
    rolled_back: str = ""


class Rules(Protocol):
    """As much of a tool as comparing files with rows needs."""

    consequences: ClassVar[NextSteps]

    def order(self, key: str) -> Order:
        """The tool's order of history keys."""
        ...
