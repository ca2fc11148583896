"""Letters typed somewhere in a text: which of thousands of texts hold them, and which best."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from textual.fuzzy import Matcher

T = TypeVar("T")
_WEIGHED = 500
"""Texts whose scattered letters are weighed: each takes some ten microseconds."""


def in_order(needle: str, text: str) -> bool:
    """Whether the letters of `needle` are in `text`, one after the other; case counts."""
    rest = iter(text)
    return all(letter in rest for letter in needle)


def weighed(items: Sequence[T], typed: str, words: Callable[[T], str]) -> list[T]:
    """The best of the first few hundred items, best first; those that do not match are left out."""
    matcher = Matcher(typed)
    scores = [(matcher.match(words(item)), item) for item in items[:_WEIGHED]]
    return [item for score, item in sorted(scores, key=lambda pair: -pair[0]) if score > 0]
