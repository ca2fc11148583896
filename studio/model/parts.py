"""What a value is made of, where it is made of others."""

from typing import NamedTuple


class ValuePart(NamedTuple):
    """One line of a value laid out by its parts."""

    depth: int
    name: str
    """A field's name, an element's place as `[1]`, a bound; empty: the part is all there is."""
    text: str | None
    """What it is, as the database prints it; None: NULL."""
    is_whole: bool = False
    """Whether `text` is words about the parts below it, not a value."""
