"""The dotted names of a text, and where they stand."""

from collections.abc import Iterator
from dataclasses import dataclass

from studio.sqltext.syntax import Syntax
from studio.sqltext.tokens import TokenKind, seen, unquoted

_NAMES = frozenset({TokenKind.WORD, TokenKind.NAME})


@dataclass(frozen=True, slots=True)
class DottedName:
    """One `a.b.c`; keywords are names too, for only the engine knows which are reserved."""

    parts: tuple[str, ...]
    """As the engine folds them."""
    start: int
    """Characters from the start of the text."""
    end: int
    after: str
    """The bare word in front, in capitals; empty where something else stands there."""


def dotted_names(text: str, syntax: Syntax) -> Iterator[DottedName]:
    """Every name of `text`, in the order written."""
    tokens = seen(text, syntax)
    index = 0
    while index < len(tokens):
        first = index
        if tokens[index].kind not in _NAMES:
            index += 1
            continue
        while (
            index + 2 < len(tokens)
            and tokens[index + 1].text == "."
            and tokens[index + 2].kind in _NAMES
        ):
            index += 2
        index += 1
        found = tokens[first:index:2]
        parts = tuple(unquoted(token, syntax) for token in found)
        after = tokens[first - 1].word if first else ""
        yield DottedName(parts, found[0].start, found[-1].end, after)


def name_at(text: str, position: int, syntax: Syntax) -> DottedName | None:
    """The name that holds the character at `position`."""
    for name in dotted_names(text, syntax):
        if name.end > position:
            return name if name.start <= position else None
    return None
