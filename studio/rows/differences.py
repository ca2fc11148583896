"""What is new, changed and gone between two answers to one question."""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from studio.model.page import Value

NEW, CHANGED, GONE = "+", "~", "×"
_MOST_KEY = 3
"""So many leading columns may name a row."""

Row = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """A row of the later answer, or one of the earlier that is gone."""

    values: Row
    sign: str = ""
    changed: frozenset[int] = frozenset()
    """The columns that had another value."""


@dataclass(frozen=True, slots=True)
class Differences:
    """All rows of the later answer in their order, what is gone where it stood."""

    rows: tuple[Compared, ...]
    new: int = 0
    changed: int = 0
    gone: int = 0

    @property
    def is_any(self) -> bool:
        """Whether anything is another than before."""
        return bool(self.new or self.changed or self.gone)


def differences(before: Sequence[Row], after: Sequence[Row]) -> Differences:
    """Rows are known again by the fewest leading columns whose values name one row in both answers;
    where none do, and in answers of one row each, by their place or as a whole.
    """
    if len(before) == len(after) == 1:
        return _matched(before, after, 0)
    key = _key_of(before, after)
    return _by_whole(before, after) if key is None else _matched(before, after, key)


def _key_of(before: Sequence[Row], after: Sequence[Row]) -> int | None:
    columns = len(after[0]) if after else len(before[0]) if before else 0
    for count in range(1, min(_MOST_KEY, columns - 1) + 1):
        if all(len({_known(row, count) for row in rows}) == len(rows) for rows in (before, after)):
            return count
    return None


def _known(row: Row, count: int) -> Hashable:
    """What a row is known by: the type too, because 1 and 1.0 are equal here."""
    return tuple((type(value), value) for value in row[:count])


def _matched(before: Sequence[Row], after: Sequence[Row], key: int) -> Differences:
    known = {_known(row, key): row for row in before}
    found: dict[Hashable, Compared] = {}
    for row in after:
        name = _known(row, key)
        earlier = known.get(name)
        if earlier is None:
            found[name] = Compared(row, NEW)
            continue
        pairs = zip(earlier, row, strict=True)
        changed = frozenset(i for i, (a, b) in enumerate(pairs) if (type(a), a) != (type(b), b))
        found[name] = Compared(row, CHANGED if changed else "", changed)
    return _merged([_known(row, key) for row in before], known, found)


def _merged(
    order: Sequence[Hashable], known: dict[Hashable, Row], found: dict[Hashable, Compared]
) -> Differences:
    """What is gone comes behind the row that it stood behind."""
    behind: dict[Hashable | None, list[Compared]] = {}
    last: Hashable | None = None
    for name in order:
        if name in found:
            last = name
        else:
            behind.setdefault(last, []).append(Compared(known[name], GONE))
    rows = behind.get(None, [])
    for name, compared in found.items():
        rows += [compared, *behind.get(name, [])]
    return _counted(rows)


def _by_whole(before: Sequence[Row], after: Sequence[Row]) -> Differences:
    width = len(after[0]) if after else len(before[0]) if before else 0
    left = Counter(_known(row, width) for row in before)
    rows = []
    for row in after:
        name = _known(row, width)
        is_known = left[name] > 0
        left[name] -= is_known
        rows.append(Compared(row, "" if is_known else NEW))
    for row in before:
        name = _known(row, width)
        if left[name] > 0:
            left[name] -= 1
            rows.append(Compared(row, GONE))
    return _counted(rows)


def _counted(rows: Sequence[Compared]) -> Differences:
    signs = Counter(row.sign for row in rows)
    return Differences(tuple(rows), signs[NEW], signs[CHANGED], signs[GONE])
