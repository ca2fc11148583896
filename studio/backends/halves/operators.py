"""The operators of an engine that a filter may use as they stand."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from studio.backends.halves import Absent, Half, ask

ARITHMETIC: Mapping[str, int] = {"+": 6, "-": 6, "*": 7, "/": 7, "%": 7}
"""What every engine computes."""


@dataclass(frozen=True, slots=True)
class Operators:
    """What may stand between two terms besides the signs of every engine (= != < …)."""

    compares: frozenset[str] = frozenset()
    """Signs that hold or do not: `@>`, `~*`."""
    words: frozenset[str] = frozenset()
    """Words that hold or do not, in small letters: `glob`."""
    computes: Mapping[str, int] = field(default_factory=lambda: ARITHMETIC)
    """Signs that make a value, and how tightly each binds: `->>`, `*`."""
    makes_text: frozenset[str] = frozenset()
    """Those of `computes` whose value is text, whatever it looks like."""
    matches_text: frozenset[str] = frozenset()
    """Those of `compares` whose left side is text: a column of another type is read as its text."""
    infers: bool = False
    """Whether a value without a type becomes what it stands beside."""
    has_json_path: bool = False
    """Whether `->` and `->>` take a path as text (`'$.a[0]'`), of any text that is JSON."""
    has_any: bool = False
    """`value = any (array)`, and `all`."""


OPERATORS: Half[Operators] = Half(
    "operators", "{engine} is asked with the standard's operators only"
)
"""An attribute `operators`."""


def operators_of(backend: object) -> Operators:
    """The operators of an engine; the standard's where it does not say."""
    found = ask(backend, OPERATORS)  # type: ignore[arg-type]
    return Operators() if isinstance(found, Absent) else found
