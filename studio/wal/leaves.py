"""About how many rows a b-tree holds, from a sample of its pages (SQLite file format, §1.6)."""

import random
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from studio.wal.checksums import FRAME_HEADER_BYTES
from studio.wal.frames import (
    HEADER_BYTES,
    WalHeader,
    is_page_size,
    read_header,
)

_WIDE = 400
"""A level of more pages than this is sampled instead of read."""
_LEAVES = 100
_DEEPEST = 20
_LARGEST_WAL = 512 * 1024 * 1024
"""A longer WAL is not looked through for an estimate."""
_INTERIOR, _LEAF = {2, 5}, {10, 13}
_INDEX = {2, 10}
"""Of a WITHOUT ROWID table; its interior pages hold rows too."""
_HUGE_PAGE = 65536


@dataclass(frozen=True, slots=True)
class _Page:
    kind: int
    cells: int
    children: tuple[int, ...]
    """Of an interior page, in order."""


class LeafPages:
    """A database's pages as its last commit left them. Owns nothing: the caller closes the files.

    What a frame says is believed without its checksum: this is for estimates.
    """

    def __init__(self, main: BinaryIO, wal: BinaryIO | None) -> None:
        self._main, self._wal = main, wal
        header = main.read(100)
        size = int.from_bytes(header[16:18], "big")
        self.page_bytes = _HUGE_PAGE if size == 1 else size
        self._places: dict[int, int] = {}
        if wal is not None and (found := read_header(wal.read(HEADER_BYTES))) and found.ok:
            self._places = _latest(wal, found)
            self.page_bytes = found.page_size

    def read(self, number: int) -> bytes:
        """One page, or b"" where there is none."""
        if self._wal is not None and number in self._places:
            self._wal.seek(self._places[number])
            return self._wal.read(self.page_bytes)
        if number < 1 or not is_page_size(self.page_bytes):
            return b""
        self._main.seek((number - 1) * self.page_bytes)
        return self._main.read(self.page_bytes)


def _latest(wal: BinaryIO, header: WalHeader) -> dict[int, int]:
    """Page number → where its newest committed image begins in the WAL."""
    found: dict[int, int] = {}
    waiting: dict[int, int] = {}
    salt = bytes.fromhex("".join(header.salt))
    at = HEADER_BYTES
    while at < _LARGEST_WAL:
        wal.seek(at)
        data = wal.read(FRAME_HEADER_BYTES)
        if len(data) < FRAME_HEADER_BYTES or data[8:16] != salt:
            break
        page, commits = struct.unpack_from(">2I", data)
        waiting[page] = at + FRAME_HEADER_BYTES
        if commits:
            found |= waiting
            waiting = {}
        at += header.frame_bytes
    return found


def count_rows(path: Path, root: int) -> int | None:
    """About how many rows the b-tree at page `root` has; None when it cannot be made out.

    Reads a few hundred pages, however large the tree: levels that are wide are sampled. Opens and
    closes the files: for a process without SQLite connections to them. Raises OSError.
    """
    with path.open("rb") as main:
        wal = Path(f"{path}-wal")
        if wal.exists():
            with wal.open("rb") as frames:
                return _count(LeafPages(main, frames), root)
        return _count(LeafPages(main, None), root)


def _count(pages: LeafPages, root: int) -> int | None:
    # Seeded: the same tree has the same estimate.
    rng = random.Random(root)  # noqa: S311 - a sample, no secret
    level, share, rows = [root], 1.0, 0.0
    for _ in range(_DEEPEST):
        read = [_page(pages.read(number)) for number in _sample(rng, level, _WIDE)]
        if not read or any(page is None for page in read):
            return None
        found = [page for page in read if page is not None]
        share *= len(level) / len(found)
        if found[0].kind in _LEAF:
            return round(rows + share * sum(page.cells for page in found))
        if found[0].kind in _INDEX:
            rows += share * sum(page.cells for page in found)
        level = [child for page in found for child in page.children]
        if _page_kind(pages, level[0]) in _LEAF:
            few = _sample(rng, level, _LEAVES)
            share *= len(level) / len(few)
            level = few
    return None


def _sample(rng: random.Random, level: list[int], most: int) -> list[int]:
    return level if len(level) <= most else rng.sample(level, most)


def _page_kind(pages: LeafPages, number: int) -> int:
    page = _page(pages.read(number))
    return 0 if page is None else page.kind


def _page(data: bytes) -> _Page | None:
    start = 100 if data.startswith(b"SQLite format 3\0") else 0
    if len(data) < start + 12 or data[start] not in _INTERIOR | _LEAF:
        return None
    kind = data[start]
    (cells,) = struct.unpack_from(">H", data, start + 3)
    if kind in _LEAF:
        return _Page(kind, cells, ())
    pointers = start + 12
    if pointers + 2 * cells > len(data):
        return None
    places = struct.unpack_from(f">{cells}H", data, pointers)
    if any(place + 4 > len(data) for place in places):
        return None
    children = [int.from_bytes(data[place : place + 4], "big") for place in places]
    last = int.from_bytes(data[start + 8 : start + 12], "big")
    return _Page(kind, cells, (*children, last))
