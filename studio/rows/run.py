"""A run of rows: pages that follow one another without a gap, bounded in bytes."""

from bisect import bisect_right
from dataclasses import dataclass
from sys import getsizeof

from studio.model.page import PageKey, RowPage, Shortened, Value

_ROW_BYTES = 64
"""What the tuple of a row costs besides its values, about."""


@dataclass(frozen=True, slots=True)
class WindowRow:
    """One row as the window holds it."""

    values: tuple[Value, ...]
    identity: tuple[Value, ...]
    """Empty where the table has no identity."""
    key: PageKey | None


@dataclass(frozen=True, slots=True)
class _Held:
    start: int
    page: RowPage
    bytes: int


class RowRun:
    """Rows numbered from a place of their own: the first page ever held starts at 0, and pages
    put before it count down, so that a number never comes to mean another row.
    """

    def __init__(self, page: RowPage) -> None:
        self._held = [_Held(0, page, weight(page))]
        self.bytes = self._held[0].bytes

    @property
    def start(self) -> int:
        """The first row's number."""
        return self._held[0].start

    @property
    def end(self) -> int:
        """One past the last row's number."""
        return self._held[-1].start + len(self._held[-1].page.rows)

    @property
    def pages(self) -> int:
        """How many pages are held."""
        return len(self._held)

    def append(self, page: RowPage) -> None:
        """Hold the page that follows."""
        self._hold(len(self._held), _Held(self.end, page, weight(page)))

    def prepend(self, page: RowPage) -> None:
        """Hold the page that comes before."""
        self._hold(0, _Held(self.start - len(page.rows), page, weight(page)))

    def _hold(self, place: int, held: _Held) -> None:
        if held.page.rows:
            self._held.insert(place, held)
            self.bytes += held.bytes

    def row(self, number: int) -> WindowRow | None:
        """The row of that number, if it is held."""
        if not self.start <= number < self.end:
            return None
        held = self._held[bisect_right(self._held, number, key=lambda held: held.start) - 1]
        place = number - held.start
        keys = held.page.keys
        return WindowRow(
            held.page.rows[place],
            held.page.identities[place],
            keys[place] if keys else None,
        )

    def drop_far(self, first: int, last: int, max_bytes: int) -> tuple[bool, bool]:
        """Let go of pages away from the rows `first` to `last` until the rest fits; tells
        whether pages at the start and at the end went.
        """
        start_went = end_went = False
        while self.bytes > max_bytes and len(self._held) > 1:
            before = first - self._held[1].start
            after = self._held[-1].start - 1 - last
            if max(before, after) < 0:
                break
            gone = self._held.pop(0 if before >= after else -1)
            self.bytes -= gone.bytes
            start_went |= before >= after
            end_went |= before < after
        return start_went, end_went


def weight(page: RowPage) -> int:
    """About how many bytes of memory a page's values take."""
    total = _ROW_BYTES * len(page.rows)
    for rows in (page.rows, page.identities):
        for row in rows:
            for value in row:
                total += getsizeof(value.head if isinstance(value, Shortened) else value)
    return total
