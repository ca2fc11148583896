"""What a place may be offered, before it is known how well what is typed fits."""

from typing import NamedTuple

LEAD, FIRST, LIKELY, COMMON, LATER, FUNCTION, LAST = range(7)
"""How well a candidate fits a place, best first."""


class Offer(NamedTuple):
    """One thing that may stand at a place."""

    name: str
    """What what is typed is compared with."""
    text: str
    """What is inserted."""
    kind: str
    detail: str = ""
    fit: int = COMMON
    caret: int = 0
    """How far in front of its end the cursor stands afterwards."""

    @property
    def is_word(self) -> bool:
        """Whether it is a keyword."""
        return self.kind == "keyword"
