"""How well what is typed fits a name: exact, then its beginning, then the beginnings of its parts.

Everything is compared folded. The loops over all names of a database are single comprehensions:
thousands of names are looked through at every key.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

EXACT, PREFIX, PART, INITIALS, INSIDE, SCATTERED = range(6)
"""Tiers, best first."""
NONE = 9
"""Of a name that does not fit."""
_SHORTEST_INSIDE = 2
_SHORTEST_SCATTERED = 3
_PARTS = re.compile(r"[^_\W]+")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@lru_cache(maxsize=65536)
def parts(name: str) -> tuple[str, ...]:
    """The words a name is made of, in small letters: at underscores, blanks and humps."""
    return tuple(part.lower() for part in _PARTS.findall(_HUMP.sub("_", name)))


@lru_cache(maxsize=512)
def scattered(word: str) -> re.Pattern[str]:
    """The letters of `word` in their order, the first one first."""
    return re.compile(".*?".join(map(re.escape, word)), re.DOTALL)


def tier(word: str, name: str, *, is_keyword: bool = False) -> int:
    """How `word`, in small letters, fits `name`; NONE where it does not."""
    if not word:
        return PREFIX
    folded = name.lower()
    if folded == word:
        return EXACT
    if folded.startswith(word):
        return PREFIX
    return _within(word, name, folded, is_keyword=is_keyword)


def _within(word: str, name: str, folded: str, *, is_keyword: bool) -> int:
    found = parts(name)
    inside = word in folded
    if inside and any(part.startswith(word) for part in found[1:]):
        return PART
    if inside and any(folded.startswith(word, at) for at in _part_starts(folded)):
        return PART
    if len(found) > 1 and "".join(part[0] for part in found).startswith(word):
        return INITIALS
    if inside and len(word) >= _SHORTEST_INSIDE and not is_keyword:
        return INSIDE
    if is_keyword or len(word) < _SHORTEST_SCATTERED or folded[:1] != word[0]:
        return NONE
    return SCATTERED if scattered(word).match(folded) else NONE


def _part_starts(folded: str) -> list[int]:
    return [index + 1 for index, letter in enumerate(folded) if letter in "_ ."]


class Names:
    """Many names, looked through at once."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        self._folded = [name.lower() for name in names]
        split = [parts(name) for name in names]
        self._parts = ["_".join(found) for found in split]
        self._initials = [
            "".join(part[0] for part in found) if len(found) > 1 else "" for found in split
        ]

    def best(self, word: str, most: int) -> list[tuple[int, int]]:
        """Tier and place of the names that fit best, in their own order within a tier."""
        if not word:
            return [(PREFIX, index) for index in range(min(most, len(self.names)))]
        found: dict[int, int] = {}
        for fits, indexes in self._tiers(word):
            for index in indexes:
                found.setdefault(index, fits)
            if len(found) >= most:
                break
        return [(fits, index) for index, fits in list(found.items())[:most]]

    def _tiers(self, word: str) -> Iterator[tuple[int, list[int]]]:
        """Each tier's names, one comprehension after another until there are enough."""
        begin = [index for index, name in enumerate(self._folded) if name.startswith(word)]
        yield EXACT, [index for index in begin if self._folded[index] == word]
        yield PREFIX, begin
        inner = f"_{word}"
        yield PART, [index for index, name in enumerate(self._parts) if inner in name]
        yield INITIALS, [i for i, name in enumerate(self._initials) if name.startswith(word)]
        if len(word) >= _SHORTEST_INSIDE:
            yield INSIDE, [index for index, name in enumerate(self._folded) if word in name]
        if len(word) >= _SHORTEST_SCATTERED:
            fits, first = scattered(word).match, word[0]
            yield (
                SCATTERED,
                [i for i, n in enumerate(self._folded) if n[:1] == first and fits(n)],
            )
