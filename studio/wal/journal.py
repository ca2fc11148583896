"""A rollback journal: the pages a transaction had before it, and what undoing it would change.

Read as SQLite plays it back (pager.c, pager_playback): header after header, as many records as each
says, up to the first that does not fit its checksum. Nothing is undone by reading.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from studio.wal.changes import Changes, changed_rows
from studio.wal.frames import is_page_size
from studio.wal.history import LOCK_BYTE, History
from studio.wal.owners import Owners
from studio.wal.states import State, UnreadableDatabase

MAGIC = bytes.fromhex("d9d505f920a163d7")
HEADER_BYTES = 28
_ALL = 0xFFFFFFFF
_SUMMED_EVERY = 200
_MOST_NAME = 4096
_MOST_SECTOR = 65536


@dataclass(frozen=True, slots=True)
class Undo:
    """What undoing the journal's transaction would do."""

    size: int
    pages: int
    """Pages it would write back."""
    written: int
    """Those of them that hold something else in the file now: the others were not reached."""
    db_pages: int
    """The pages the database would have then."""
    touched: dict[str, int]
    """Of the pages it would write back, how many each table and index has."""
    super_journal: str = ""
    """A journal over several databases that this one belongs to and that is gone: their transaction
    was committed, so SQLite undoes nothing.
    """
    fault: str = ""
    """Why nothing in it can be read, as a sentence."""

    @property
    def would_undo(self) -> bool:
        """Whether SQLite would undo anything."""
        return self.pages > 0 and not self.super_journal


class RollbackJournal:
    """The pages in a journal beside a database. Owns nothing: the caller closes the files."""

    def __init__(self, history: History, file: BinaryIO) -> None:
        """Raises Unreadable where it is no journal."""
        self._history, self._file = history, file
        self.page_size: int
        self.interior: dict[tuple[int, int], tuple[int, ...]] = {}
        self.db_pages: int
        self.size = file.seek(0, 2)
        head = self._at(0, HEADER_BYTES)
        if len(head) < HEADER_BYTES or not head.startswith(MAGIC):
            raise UnreadableDatabase("the -journal has no header: there is nothing to undo")
        *_, self.db_pages, self._sector, self.page_size = struct.unpack_from(">5I", head, 8)
        if not is_page_size(self.page_size) or not _is_sector(self._sector):
            raise UnreadableDatabase("the -journal's header is damaged: SQLite undoes nothing")
        self._images = dict(self._records())

    def _at(self, place: int, size: int) -> bytes:
        self._file.seek(place)
        return self._file.read(size)

    def _records(self) -> Iterator[tuple[int, int]]:
        """Page number → where its image begins."""
        place = 0
        while (head := self._at(place, HEADER_BYTES)).startswith(MAGIC):
            if len(head) < HEADER_BYTES:
                return
            count, nonce = _numbers(head, 8)
            place += self._sector
            whole = 8 + self.page_size
            if count == _ALL:
                count = max(0, self.size - place) // whole
            for _ in range(count):
                record = self._at(place, whole)
                if len(record) < whole:
                    return
                (page,) = struct.unpack_from(">I", record)
                (checksum,) = struct.unpack_from(">I", record, 4 + self.page_size)
                if page in {0, self.lock_page} or checksum != self._sum(record, nonce):
                    return
                if page <= self.db_pages:
                    yield page, place + 4
                place += whole
            place = -(-place // self._sector) * self._sector

    def _sum(self, record: bytes, nonce: int) -> int:
        places = range(self.page_size - _SUMMED_EVERY, 0, -_SUMMED_EVERY)
        return (nonce + sum(record[4 + place] for place in places)) & _ALL

    @cached_property
    def super_journal(self) -> str:
        """The name of the journal over several databases; empty for a transaction of one."""
        end = self._at(max(0, self.size - 16), 16)
        if len(end) < 16 or not end.endswith(MAGIC):  # noqa: PLR2004 - as the format
            return ""
        size, checksum = _numbers(end, 0)
        name = self._at(self.size - 16 - size, size) if 0 < size <= _MOST_NAME else b""
        # Summed as C's signed characters.
        summed = sum(byte - 256 * (byte > 127) for byte in name) & _ALL  # noqa: PLR2004
        return name.decode("utf-8", "replace") if name and summed == checksum else ""

    # -- what states are made of -----------------------------------------------------------------

    @property
    def wal_pages(self) -> frozenset[int]:
        """The pages it would write back."""
        return frozenset(self._images)

    @property
    def lock_page(self) -> int:
        """The number of the page that is never used."""
        return LOCK_BYTE // self.page_size + 1

    def state(self, frame: int) -> State:
        """0: the database as undoing would leave it; 1: as it is."""
        pages = self._history.main_bytes // self.page_size
        return State(self, frame, pages if frame else self.db_pages)

    def frame_of(self, page: int, frame: int) -> int:
        """Where the journal's image of a page begins; 0 where the main file has it."""
        return 0 if frame else self._images.get(page, 0)

    def image(self, frame: int) -> bytes:
        """The page that begins there."""
        return self._at(frame, self.page_size)

    def main_image(self, page: int) -> bytes:
        """The page in the main file; b"" where it ends before."""
        return self._history.main_image(page)

    def is_overwritten(self, page: int) -> bool:
        """No page is lost: the journal has what was."""
        del page
        return False

    # -- what it would do ------------------------------------------------------------------------

    def undo(self, path: Path) -> Undo:
        """What undoing it would do to the database in `path`."""
        before, pages = self.state(0), sorted(self._images)
        touched: dict[str, int] = {}
        for _, label in Owners(self).labels(pages, before) if pages else ():
            touched[label] = touched.get(label, 0) + 1
        name = self.super_journal
        return Undo(
            size=self.size,
            pages=len(pages),
            written=sum(self.main_image(page) != before.read(page) for page in pages),
            db_pages=self.db_pages,
            touched=dict(sorted(touched.items())),
            super_journal=name if name and not (path.parent / name).exists() else "",
        )

    def rows(self, only: str | None = None) -> Changes:
        """The rows that reached the file and would be undone, by table. Raises Unreadable."""
        return changed_rows(self.state(0), self.state(1), self._images, only)


def undo(path: Path, history: History) -> Undo:
    """What the journal beside `path` would undo. Raises OSError."""
    with Path(f"{path}-journal").open("rb", buffering=0) as file:
        try:
            return RollbackJournal(history, file).undo(path)
        except UnreadableDatabase as reason:
            return Undo(file.seek(0, 2), 0, 0, 0, {}, fault=str(reason))


def undone_rows(path: Path, history: History, only: str | None = None) -> Changes:
    """The rows it would undo, as the dead transaction changed them. Raises OSError, Unreadable."""
    with Path(f"{path}-journal").open("rb", buffering=0) as file:
        return RollbackJournal(history, file).rows(only)


def _numbers(data: bytes, place: int) -> tuple[int, int]:
    first, second = struct.unpack_from(">2I", data, place)
    return first, second


def _is_sector(size: int) -> bool:
    return 32 <= size <= _MOST_SECTOR and not size & (size - 1)  # noqa: PLR2004 - as the format
