"""The pages of a b-tree and what is in their cells (SQLite file format, §1.6)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from studio.wal.states import UnreadableDatabase

INTERIOR_INDEX, INTERIOR_TABLE, LEAF_INDEX, LEAF_TABLE = 2, 5, 10, 13
_INTERIOR = frozenset({INTERIOR_INDEX, INTERIOR_TABLE})
_KINDS = _INTERIOR | {LEAF_INDEX, LEAF_TABLE}
_VARINT_BYTES = 9
_NUMBER = struct.Struct(">I")
LARGEST_PAYLOAD = 1 << 30
"""No value is larger (SQLITE_MAX_LENGTH is 10^9)."""


class PageReader(Protocol):
    """Where pages come from."""

    def read(self, page: int) -> bytes:
        """A page, or b""."""


@dataclass(frozen=True, slots=True)
class Page:
    """One b-tree page."""

    kind: int
    places: tuple[int, ...]
    """Where its cells begin."""
    last_child: int
    data: bytes

    @property
    def is_interior(self) -> bool:
        """Whether it has children."""
        return self.kind in _INTERIOR

    @property
    def holds_records(self) -> bool:
        """Whether its cells have payload: all but the interior pages of a table."""
        return self.kind != INTERIOR_TABLE

    @property
    def children(self) -> tuple[int, ...]:
        """Of an interior page, in order."""
        if not self.is_interior:
            return ()
        data, number = self.data, _NUMBER.unpack_from
        return (*[number(data, place)[0] for place in self.places], self.last_child)


@dataclass(frozen=True, slots=True)
class Cell:
    """One entry of a page that holds records."""

    rowid: int | None
    """None in an index or a WITHOUT ROWID table."""
    size: int
    """Of the whole payload."""
    local: bytes
    """The part that is on this page."""
    overflow: int
    """The first page of the rest, or 0."""


def parse_page(data: bytes, number: int) -> Page | None:
    """The b-tree page in `data`; None where it is none, or damaged."""
    start = 100 if number == 1 else 0
    if len(data) < start + 12 or data[start] not in _KINDS:
        return None
    kind = data[start]
    (cells,) = struct.unpack_from(">H", data, start + 3)
    pointers = start + (12 if kind in _INTERIOR else 8)
    if pointers + 2 * cells > len(data):
        return None
    places = struct.unpack_from(f">{cells}H", data, pointers)
    if places and not pointers <= min(places) <= max(places) <= len(data) - 4:
        return None
    last = int.from_bytes(data[start + 8 : start + 12], "big") if kind in _INTERIOR else 0
    return Page(kind, places, last, data)


def varint(data: bytes, place: int) -> tuple[int, int]:
    """The number at `place`, and where the next thing begins. Raises Unreadable at the end."""
    value = 0
    for index in range(_VARINT_BYTES):
        if place >= len(data):
            raise UnreadableDatabase("a record ends in the middle of a number")
        byte = data[place]
        place += 1
        if index == _VARINT_BYTES - 1:
            return value << 8 | byte, place
        value = value << 7 | byte & 0x7F
        if byte < 0x80:  # noqa: PLR2004 - the bit that says more follow
            break
    return value, place


def signed(value: int) -> int:
    """64 bits as a signed number."""
    return value - (1 << 64) if value >> 63 else value


def cells(page: Page, usable: int) -> Iterator[Cell]:
    """The cells of a page that holds records. Raises Unreadable where one makes no sense."""
    if not page.holds_records:
        return
    is_table = page.kind == LEAF_TABLE
    most = usable - 35 if is_table else (usable - 12) * 64 // 255 - 23
    least = (usable - 12) * 32 // 255 - 23
    for start in page.places:
        size, place = varint(page.data, start + (4 if page.kind == INTERIOR_INDEX else 0))
        rowid = None
        if is_table:
            value, place = varint(page.data, place)
            rowid = signed(value)
        if size > LARGEST_PAYLOAD:
            raise UnreadableDatabase(f"a record says it is {size} bytes long")
        own = size
        if size > most:
            own = least + (size - least) % (usable - 4)
            own = own if own <= most else least
        local = page.data[place : place + own]
        overflow = int.from_bytes(page.data[place + own : place + own + 4], "big")
        if len(local) < own or (size > own and place + own + 4 > usable):
            raise UnreadableDatabase("a record runs over the end of its page")
        yield Cell(rowid, size, local, overflow if size > own else 0)


def overflow_pages(pages: PageReader, cell: Cell, usable: int) -> Iterator[tuple[int, bytes]]:
    """The pages that hold the rest of a cell, in order; no more than it needs.

    Raises Unreadable where one is missing.
    """
    left, number = cell.size - len(cell.local), cell.overflow
    while left > 0:
        data = pages.read(number)
        if len(data) < usable:
            raise UnreadableDatabase(
                f"the rest of a record should be on page {number}, which is not there"
            )
        yield number, data
        left -= usable - 4
        number = int.from_bytes(data[:4], "big")


def payload(pages: PageReader, cell: Cell, usable: int, most: int = LARGEST_PAYLOAD) -> bytes:
    """A whole record. Raises Unreadable where it is damaged, or longer than `most`."""
    if cell.size > most:
        raise UnreadableDatabase(
            f"a record of {cell.size} bytes is longer than is read here ({most})"
        )
    rest = (data[4:usable] for _, data in overflow_pages(pages, cell, usable))
    return (cell.local + b"".join(rest))[: cell.size]


def leaves(pages: PageReader, root: int, most: int) -> Iterator[tuple[int, Page]]:
    """The pages of a b-tree that hold records, at most so many pages looked at, each once."""

    def walked() -> Iterator[tuple[int, Page]]:
        waiting, seen = [root], {root}
        while waiting:
            number = waiting.pop()
            page = parse_page(pages.read(number), number)
            if page is None:
                raise UnreadableDatabase(f"page {number} is no page of a b-tree: it is damaged")
            yield number, page
            for child in reversed(page.children):
                if child not in seen:
                    seen.add(child)
                    waiting.append(child)

    return ((number, page) for number, page in islice(walked(), most) if page.holds_records)
