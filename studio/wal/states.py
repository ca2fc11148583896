"""One state of a database: its pages, and what its header says (§1 of the format)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from studio.wal.frames import is_page_size
from studio.wal.pages import StatePages

_HUGE_PAGE = 65536


class UnreadableDatabase(Exception):
    """The bytes are no database, or damaged: `str()` is a sentence."""


class NotThere(UnreadableDatabase):
    """What was asked for was never there: a table of that name."""


class Lost(UnreadableDatabase):
    """A page of an older state was overwritten by a checkpoint."""


@dataclass(frozen=True, slots=True)
class DatabaseHeader:
    """What the first 100 bytes of a state's first page say."""

    page_size: int
    reserved: int
    """Bytes at the end of each page that are not the database's."""
    schema_cookie: int
    encoding: int
    """1 UTF-8, 2 UTF-16LE, 3 UTF-16BE."""
    first_trunk: int
    free_pages: int
    auto_vacuum: bool

    @property
    def usable(self) -> int:
        """The bytes of a page that hold data."""
        return self.page_size - self.reserved


def read_database_header(data: bytes, page_size: int) -> DatabaseHeader:
    """The header in page 1. Raises Unreadable where it is none."""
    if len(data) < 100 or not data.startswith(b"SQLite format 3\0"):  # noqa: PLR2004 - as the format
        raise UnreadableDatabase("page 1 is not the first page of a SQLite database")
    (encoding,) = struct.unpack_from(">I", data, 56)
    reserved = data[20]
    if page_size - reserved < 480:  # noqa: PLR2004 - the least SQLite accepts
        raise UnreadableDatabase(
            f"the header reserves {reserved} bytes of each {page_size}-byte page"
        )
    return DatabaseHeader(
        page_size=page_size,
        reserved=reserved,
        schema_cookie=struct.unpack_from(">I", data, 40)[0],
        encoding=encoding if encoding in {1, 2, 3} else 1,
        first_trunk=struct.unpack_from(">I", data, 32)[0],
        free_pages=struct.unpack_from(">I", data, 36)[0],
        auto_vacuum=struct.unpack_from(">I", data, 52)[0] != 0,
    )


def read_page_size(head: bytes) -> int:
    """What the first 100 bytes of a main file say. Raises Unreadable where it is none."""
    if len(head) < 100 or not head.startswith(b"SQLite format 3\0"):  # noqa: PLR2004 - as the format
        raise UnreadableDatabase("the file is not a SQLite database, or it is encrypted")
    (size,) = struct.unpack_from(">H", head, 16)
    size = _HUGE_PAGE if size == 1 else size
    if not is_page_size(size):
        raise UnreadableDatabase(f"its header says pages of {size} bytes, which SQLite cannot have")
    return int(size)


@dataclass(frozen=True)
class State:
    """The database after one commit. Two of the same frame are equal."""

    history: StatePages
    frame: int
    db_pages: int

    def read(self, page: int) -> bytes:
        """A page; b"" where there is none."""
        if not 1 <= page <= self.db_pages:
            return b""
        frame = self.history.frame_of(page, self.frame)
        if frame:
            return self.history.image(frame)
        return self.history.main_image(page)

    def whole(self, page: int) -> bytes:
        """A page. Raises Lost where it was overwritten, Unreadable where it is not there."""
        frame = self.history.frame_of(page, self.frame)
        if 1 <= page <= self.db_pages and not frame and self.history.is_overwritten(page):
            raise Lost(
                f"page {page} as it was at commit {self.frame} is lost: a checkpoint has written "
                "a later one over it"
            )
        data = self.read(page)
        if len(data) < self.history.page_size:
            raise UnreadableDatabase(f"page {page} is not in the file: it is damaged or cut")
        return data

    def version(self, page: int) -> int:
        """The frame that holds the page now: another number, another content."""
        return self.history.frame_of(page, self.frame)

    @cached_property
    def header(self) -> DatabaseHeader:
        """What page 1 says. Raises Unreadable."""
        return read_database_header(self.read(1), self.history.page_size)

    def free_leaves(self) -> frozenset[int]:
        """The free pages that only a trunk names."""
        return frozenset(leaf for _, leaves in self.trunks() for leaf in leaves)

    def trunks(self) -> Iterator[tuple[int, tuple[int, ...]]]:
        """The freelist: each trunk page and the leaves it names. Ends where it makes no sense."""
        page, seen = self.header.first_trunk, set[int]()
        while 1 < page <= self.db_pages and page not in seen:
            seen.add(page)
            data = self.read(page)
            if len(data) < self.history.page_size:
                return
            following, count = struct.unpack_from(">2I", data)
            if count > self.header.usable // 4 - 2:
                return
            yield page, struct.unpack_from(f">{count}I", data, 8)
            page = following

    def pointer_map(self, page: int) -> tuple[int, int] | None:
        """Of an auto-vacuum database: the kind and the parent its pointer map has for `page`."""
        if not self.header.auto_vacuum or page <= 2:  # noqa: PLR2004 - page 2 is the first map
            return None
        of = self.map_page(page)
        data = self.read(of)
        place = 5 * (page - of - 1)
        if place < 0 or place + 5 > len(data):
            return None
        return data[place], int.from_bytes(data[place + 1 : place + 5], "big")

    def map_page(self, page: int) -> int:
        """The pointer-map page that says what `page` is; a map page is its own."""
        every = self.header.usable // 5 + 1
        found = (page - 2) // every * every + 2
        return found + 1 if found == self.history.lock_page else found
