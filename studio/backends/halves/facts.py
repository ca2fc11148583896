"""Facts about an opened database that do not stay true."""

from typing import Protocol

from studio.backends.halves import Half
from studio.backends.target import Opening


class FactsNow(Protocol):
    """Tells what may change about a database while it is open."""

    def __call__(self, opening: Opening) -> tuple[str, ...]:
        """`Server.facts` as they are now, without asking the database. May block."""


FACTS: Half[FactsNow] = Half("facts", "what {engine} says of itself stays true")
"""A method `facts`."""
