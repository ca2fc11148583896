"""A database and its -wal as states: what every page held after each commit (§4 of the format)."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from studio.wal.checksums import FRAME_HEADER_BYTES
from studio.wal.frames import (
    HEADER_BYTES,
    Behind,
    Commit,
    CommittedFrames,
    Frames,
    WalHeader,
    known_frames,
    read_behind,
    read_frames,
    read_header,
)
from studio.wal.pages import CheckpointMarks
from studio.wal.states import State, UnreadableDatabase, read_page_size

LOCK_BYTE = 0x40000000
"""The page that begins here is never used."""
NO_PAGE = 1 << 32
"""Beyond every page."""
_USUAL_PAGE = 4096
_NO_FRAMES = Frames((), 0, "end of file")


class History:
    """Every committed state that the two files hold. Owns nothing: the caller closes the files."""

    def __init__(
        self,
        main: BinaryIO,
        wal: BinaryIO | None,
        earlier: "History | None" = None,
        written: CheckpointMarks | None = None,
    ) -> None:
        """Reads the whole WAL once, or what `earlier` did not know of it. `written`: what the -shm
        says of checkpoints. Raises Unreadable where `main` is no database.
        """
        self._main, self._wal = main, wal
        self.main_bytes = main.seek(0, 2)
        main.seek(0)
        head = main.read(100)
        self.wal_bytes = wal.seek(0, 2) if wal else 0
        if wal is not None:
            wal.seek(0)
        self.wal_head = wal.read(HEADER_BYTES) if wal else b""
        self.header: WalHeader | None = read_header(self.wal_head) if wal else None
        self.frames = _NO_FRAMES
        if wal is not None and self.header is not None and self.header.ok:
            known = earlier.known if earlier is not None else None
            self.frames = read_frames(wal, self.header, self.wal_bytes, known)
            self.page_size = self.header.page_size
        else:
            self.page_size = read_page_size(head) if self.main_bytes else _USUAL_PAGE
        self.commits = self.frames.commits
        self._images = _images(self.frames)
        said = written.up_to(self.header, self.frames.mx_frame) if written else None
        is_sure = written is not None and written.is_attached
        self._written = said if is_sure else None
        self._left = None if is_sure else said
        self.doubted: set[int] = set()
        """Pages that only a -shm which nobody has open says no checkpoint has written."""
        self._lost: dict[int, bool] = {}
        self.interior: dict[tuple[int, int], tuple[int, ...]] = {}
        """Children of pages that were read, by page and version; none of a leaf."""
        self.labels: list[dict[str, int]] = []
        """What the first commits touched, as far as it was asked for."""
        self.restructured: set[int] = set()
        """Which of those changed what the schema says, by their last frames."""
        self.overflow: dict[int, str] = {}
        """The tree of overflow pages that those commits wrote."""

    @cached_property
    def known(self) -> CommittedFrames | None:
        """The frames that need not be read again."""
        if self._wal is None or self.header is None or not self.header.ok:
            return None
        return known_frames(self._wal, self.header, self.frames)

    def keep_from(self, earlier: "History") -> None:
        """Take over what was found out of the same main file, which nobody has written since."""
        known = earlier.known
        if known is not None and self.known is not None and known.salt == self.known.salt:
            self.interior = earlier.interior
            self.labels, self.overflow = earlier.labels, earlier.overflow
            self.restructured = earlier.restructured
            told = self._written, self._left
            self._lost = earlier.overwritten_of(self._images, told)
            self.doubted = earlier.doubted & self._lost.keys()

    def overwritten_of(
        self, images: Mapping[int, tuple[int, ...]], told: tuple[int | None, int | None]
    ) -> dict[int, bool]:
        """What is known of pages that have the same frames there, by the same word of the -shm."""
        if told != (self._written, self._left):
            return {}
        same = (page for page in self._lost if images.get(page) == self._images.get(page))
        return {page: self._lost[page] for page in same}

    @property
    def main_file(self) -> int:
        """The descriptor of the main file, for who copies it whole."""
        return self._main.fileno()

    @property
    def main_pages(self) -> int:
        """Whole pages in the main file."""
        return self.main_bytes // self.page_size

    @property
    def behind(self) -> Behind:
        """What stands in the -wal from the first frame on that does not count."""
        if self._wal is None or self.header is None or not self.header.ok:
            return Behind(0, is_blank=False)
        found = read_behind(self._wal, self.header, len(self.frames.frames) + 1)
        # Commits behind a bad frame may be those of a writer that went on: then it is bad no more.
        if found.commits and read_frames(self._wal, self.header, self.wal_bytes) != self.frames:
            return Behind(0, is_blank=False)
        return found

    def pages_there(self, state: "State") -> tuple[int, ...]:
        """The pages of a state that can be read: it may count more, where it is damaged."""
        inside = range(1, min(state.db_pages, self.main_pages) + 1)
        beyond = (page for page in self._images if self.main_pages < page <= state.db_pages)
        return (*inside, *sorted(beyond))

    @property
    def wal_pages(self) -> frozenset[int]:
        """The pages that a commit in the WAL wrote."""
        return frozenset(self._images)

    def state(self, frame: int, db_pages: int | None = None) -> "State":
        """The database as of that frame, which ends a commit; 0 is the main file alone."""
        pages = self.main_pages if not frame else self.frames.frames[frame - 1].db_pages
        return State(self, frame, pages if db_pages is None else db_pages)

    def frame_of(self, page: int, frame: int) -> int:
        """The newest frame of `page` up to `frame`; 0 where the main file has it."""
        frames = self._images.get(page, ())
        place = bisect_right(frames, frame)
        return frames[place - 1] if place else 0

    def image(self, frame: int) -> bytes:
        """The page in that frame."""
        if self._wal is None:
            return b""
        start = HEADER_BYTES + (frame - 1) * (FRAME_HEADER_BYTES + self.page_size)
        self._wal.seek(start + FRAME_HEADER_BYTES)
        return self._wal.read(self.page_size)

    def main_image(self, page: int) -> bytes:
        """The page in the main file; b"" where it ends before."""
        self._main.seek((page - 1) * self.page_size)
        return self._main.read(self.page_size)

    def is_overwritten(self, page: int) -> bool:
        """Whether a checkpoint put an image of the WAL where the page's older content was.

        A page written back to what it was is equal too, so that counts only for frames that a
        checkpoint may have come to; without a -shm that a program has open, for all of them.
        """
        if page not in self._lost:
            most = NO_PAGE if self._written is None else self._written
            frames = [frame for frame in self._images.get(page, ()) if frame <= most]
            found = self.main_image(page) if frames else b""
            first = next((frame for frame in frames if self.image(frame) == found), 0)
            self._lost[page] = first > 0
            if self._left is not None and first > self._left:
                self.doubted.add(page)
        return self._lost[page]

    @cached_property
    def reachable(self) -> tuple[int, ...]:
        """The last frames of the commits whose every page can still be read.

        A page that was overwritten and has no frame up to a commit is lost to that commit.
        """
        first = {frames[0]: page for page, frames in self._images.items()}
        later = sorted(frame for frame, page in first.items() if self.is_overwritten(page))
        whole: list[int] = []
        least_lost = NO_PAGE
        for commit in reversed(self.commits):
            while later and later[-1] > commit.last_frame:
                least_lost = min(least_lost, first[later.pop()])
            if least_lost > commit.db_pages and not self.is_cut(commit.last_frame):
                whole.append(commit.last_frame)
        return tuple(reversed(whole))

    def why_lost(self, commit: Commit) -> str:
        """Why a commit cannot be shown, as a sentence."""
        if self.doubted:
            return (
                f"commit {commit.last_frame} cannot be rebuilt for certain: pages of the main file "
                "are as a checkpoint would have written them, and no program has the -shm open "
                f"that would say otherwise. {self.begins}"
            )
        return (
            f"commit {commit.last_frame} cannot be rebuilt: a checkpoint has written later pages "
            f"over what it still needs from the main file. {self.begins}"
        )

    @property
    def begins(self) -> str:
        """Where the history begins that can be shown."""
        if not self.reachable:
            return "No commit in this WAL can be rebuilt"
        return f"History starts at commit {self.reachable[0]}"

    def is_cut(self, frame: int) -> bool:
        """Whether that commit lacks pages beyond the end of the main file."""
        return frame in self._cut

    @cached_property
    def _cut(self) -> frozenset[int]:
        return frozenset(self._cut_short())

    def _cut_short(self) -> Iterator[int]:
        """The commits that need pages beyond the end of the main file, which a checkpoint has made
        shorter. A page that was free then was never written, and is not missed.
        """
        there: set[int] = set()
        for commit in self.commits:
            there.update(page for page in commit.pages if page > self.main_pages)
            known = len(there)
            if known + self.main_pages > commit.db_pages:
                known = sum(page <= commit.db_pages for page in there)
            known += self.main_pages < self.lock_page <= commit.db_pages
            missing = commit.db_pages - self.main_pages - known
            if missing > 0 and missing != self._free_beyond(commit, there):
                yield commit.last_frame

    def _free_beyond(self, commit: Commit, there: set[int]) -> int:
        """How many free pages beyond the main file have no frame."""
        try:
            free = self.state(commit.last_frame).free_leaves()
        except UnreadableDatabase:
            return 0
        return sum(self.main_pages < page <= commit.db_pages for page in free - there)

    @property
    def lock_page(self) -> int:
        """The number of the page that is never used."""
        return LOCK_BYTE // self.page_size + 1


@contextmanager
def opened(path: Path, written: CheckpointMarks | None = None) -> Iterator[History]:
    """What `path` holds; for a process without SQLite connections. Raises OSError, Unreadable."""
    with ExitStack() as stack:
        yield History(*open_files(path, stack), written=written)


def open_files(path: Path, stack: ExitStack) -> tuple[BinaryIO, BinaryIO | None]:
    """The two files, which `stack` closes. Raises OSError."""
    main = stack.enter_context(path.open("rb", buffering=0))
    try:
        return main, stack.enter_context(Path(f"{path}-wal").open("rb", buffering=0))
    except FileNotFoundError:
        return main, None


def _images(frames: Frames) -> Mapping[int, tuple[int, ...]]:
    """Page number → the committed frames that hold it, in order."""
    found: dict[int, list[int]] = {}
    for frame in frames.frames[: frames.mx_frame]:
        found.setdefault(frame.page, []).append(frame.number)
    return {page: tuple(numbers) for page, numbers in found.items()}


def touched_pages(commits: Iterable[Commit]) -> frozenset[int]:
    """The pages that any of them wrote."""
    return frozenset(page for commit in commits for page in commit.pages)
