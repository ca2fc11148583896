"""The database as of a commit, read in place at once, and from a private copy as soon as that is
whole: in place it holds only as long as nobody checkpoints.
"""

import os
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from threading import Event, Thread
from typing import Any
from weakref import finalize

from studio.backends.sqlite import helper
from studio.backends.sqlite.opening import file_uri
from studio.backends.sqlite.private import PrivateFolder
from studio.backends.sqlite.resolver import Resolver, resolver
from studio.model.errors import StudioError
from studio.wal.checksums import FRAME_HEADER_BYTES
from studio.wal.filesystem import is_network
from studio.wal.frames import HEADER_BYTES
from studio.wal.places import numbers
from studio.wal.probe import FILE_HEADER_BYTES, WAL_VERSION
from studio.wal.wanted import Saving

NAME = "past.db"
WORTHWHILE = 16_000_000
"""Bytes from which a copy is waited for longer than a person notices."""
_RESTED_NS = 2_500_000_000
"""A file's times may be as wide as 2 s: what was written longer ago than that is seen to be written
again.
"""
_VERSIONS_PLACE = 18
"""Of a database's header: how it is written and read."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where its pages are; as `studio.wal.places` tells."""

    commit: int
    page_size: int
    db_pages: int
    first: bytes
    frames: dict[int, int]
    """Of the pages that the -wal holds."""
    written: tuple[int, int, int, int]
    """When the main file was, as `_written` tells it."""
    head: bytes
    """Of the -wal."""
    file_system: str

    @property
    def salt(self) -> str:
        """Of the round of the WAL, in hex."""
        return self.head[16:24].hex()

    @property
    def size(self) -> int:
        """The bytes of the whole database."""
        return self.page_size * self.db_pages

    @property
    def can_be_watched(self) -> bool:
        """Whether a later write of the main file is certain to move its stamp."""
        if not self.file_system or is_network(self.file_system):
            return False
        return time.time_ns() - self.written[-1] > _RESTED_NS


def unpacked(commit: int, raw: dict[str, Any]) -> Places:
    """What `studio.wal.places` made, as JSON."""
    return Places(
        commit=commit,
        page_size=raw["page_size"],
        db_pages=raw["db_pages"],
        first=bytes.fromhex(raw["first"]),
        frames=dict(zip(numbers(raw["pages"]), numbers(raw["frames"]), strict=True)),
        written=tuple(raw["written"]),
        head=bytes.fromhex(raw["head"]),
        file_system=raw["file_system"],
    )


def _written(path: Path) -> tuple[int, int, int, int]:
    found = os.stat(path)  # noqa: PTH116 - for each page that is read: it is twice as fast
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


class PastPages:
    """The pages of one commit. Every page that was read in place is looked at again: where anybody
    has written meanwhile, it is taken from the copy, which is waited for.
    """

    def __init__(
        self,
        path: Path,
        places: Places,
        folder: PrivateFolder,
        by: Resolver,
        reader: helper.ReaderProcess | None,
    ) -> None:
        """`path`: the real file; `reader`: who has read its WAL already. Raises OSError."""
        self.path, self.page_size, self.db_pages = path, places.page_size, places.db_pages
        self.cuts = 0
        """Above 0 when it can be read no more."""
        self._places, self._folder = places, folder
        self._was_written = places.written
        self._copy = folder.path / NAME
        self._wal = os.open(f"{path}-wal", os.O_RDONLY | os.O_CLOEXEC)
        # SQLite holds no locks on a -wal; and whoever reads keeps this.
        finalize(self, os.close, self._wal)
        self._copied: int | None = None
        """The whole copy."""
        self._why_not = ""
        self._has_moved = self._is_ended = False
        self._done = Event()
        self._uri = by.uri(self._copy, self)
        # Starting another would take 100 ms from everybody, and it would read the WAL again.
        self._copier = reader or helper.ReaderProcess(path)
        self._is_copier_ours = reader is None
        Thread(target=self._make_copy, daemon=True).start()

    @property
    def uri(self) -> str:
        """What opens it now, without a way to write."""
        if self._copied is not None:
            return file_uri(self._copy, "mode=ro&immutable=1")
        return self._uri

    def wait(self) -> None:
        """Until there is a copy, or why there is none is known."""
        self._done.wait()

    def end(self) -> None:
        """Nobody will open it again."""
        self._is_ended = True
        if self._is_copier_ours:
            # Another's may answer somebody else by now; it hears of the end while it copies.
            self._copier.stop()
        self._folder.remove()

    def cut(self) -> sqlite3.OperationalError:
        """Why it can be read no more."""
        error = sqlite3.OperationalError(self._why_not)
        error.sqlite_errorname, error.sqlite_errorcode = "SQLITE_ERROR", sqlite3.SQLITE_ERROR
        return error

    def read(self, page: int, main: Callable[[int], bytes]) -> bytes:
        """See resolver.Pages."""
        if self._copied is None:
            data = self._in_place(page, main)
            if not self._moved():
                return data
            self.wait()
        if self._copied is None:
            self.cuts = 1
            raise OSError(self._why_not)
        return os.pread(self._copied, self.page_size, (page - 1) * self.page_size)

    def _in_place(self, page: int, main: Callable[[int], bytes]) -> bytes:
        frame = self._places.frames.get(page)
        if frame is None:
            data = main(page)
        else:
            start = HEADER_BYTES + (frame - 1) * (FRAME_HEADER_BYTES + self.page_size)
            data = os.pread(self._wal, self.page_size, start + FRAME_HEADER_BYTES)
        return self._places.first + data[FILE_HEADER_BYTES:] if page == 1 else data

    def _moved(self) -> bool:
        """Whether anybody has written since what would change a page of it: once and for all."""
        if not self._has_moved:
            # The -wal that is open stays what it is, unless it is begun anew: by its head, first.
            is_other = os.pread(self._wal, HEADER_BYTES, 0) != self._places.head
            self._has_moved = is_other or _written(self.path) != self._was_written
        return self._has_moved

    def _make_copy(self) -> None:
        def is_ended(_done: int, _total: int) -> bool:
            return self._is_ended

        try:
            if self._is_ended:
                return
            helper.save_state(
                self.path,
                self._places.commit,
                self._copy,
                is_ended,
                Saving(is_fleeting=True, salt=self._places.salt),
                reader=self._copier,
            )
            say_wal(self._copy)
            whole = os.open(self._copy, os.O_RDONLY | os.O_CLOEXEC)
            finalize(self, os.close, whole)
            self._copied = whole
        except (OSError, StudioError) as error:
            self._why_not = str(error)
        finally:
            if self._is_copier_ours:
                self._copier.close()
            if self._is_ended:
                # Its file may have come into the folder while that was removed.
                rmtree(self._copy.parent, ignore_errors=True)
            self._done.set()


def say_wal(copy: Path) -> None:
    """Make it say that it is in WAL mode, as it was then; read as immutable, it needs no -wal."""
    with copy.open("r+b") as file:
        file.seek(_VERSIONS_PLACE)
        file.write(bytes([WAL_VERSION] * 2))


def in_place(
    path: Path, places: Places, folder: PrivateFolder, reader: helper.ReaderProcess | None
) -> PastPages | None:
    """Its pages where they are; None where they cannot be read so, or need not be."""
    if places.size < WORTHWHILE or not places.can_be_watched:
        return None
    by = resolver()
    try:
        return PastPages(path, places, folder, by, reader) if by is not None else None
    except OSError:
        # Its -wal went away: the copy says so.
        return None
