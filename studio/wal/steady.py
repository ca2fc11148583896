"""Reading the files while a program writes: an answer holds only if nothing moved meanwhile."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from studio.wal.frames import HEADER_BYTES
from studio.wal.history import History, open_files, opened
from studio.wal.index import HEADER_BYTES as INDEX_HEADER_BYTES
from studio.wal.index import WalIndex, read_index
from studio.wal.locks import is_shm_attached
from studio.wal.probe import Stamp, stamp
from studio.wal.states import NotThere, UnreadableDatabase

_ATTEMPTS = 5
T = TypeVar("T")
Seen = tuple[History, WalIndex | None]


@dataclass(frozen=True, slots=True)
class _Token:
    """What a checkpoint or a reset of the WAL changes. New commits change none of it."""

    main: Stamp | None
    wal: int | None
    """Its inode."""
    head: bytes
    backfilled: tuple[int, int] | None


class FilesKept:
    """What was read of the files of one database, for who asks again: only what moved is read.

    Keeps them open: for a process without SQLite connections to them. Close it.
    """

    def __init__(self) -> None:
        self._files = ExitStack()
        self._history: History | None = None
        self._token: _Token | None = None
        self._seen: object = None

    @contextmanager
    def history(self, path: Path, token: "_Token", index: WalIndex | None) -> Iterator[History]:
        """The history as it is now. Raises OSError, Unreadable."""
        # Within one tick of a file's clock a commit may change the index alone.
        seen = token, stamp(Path(f"{path}-wal")), index and (index.mx_frame, index.is_attached)
        if self._history is None or self._seen != seen:
            with ExitStack() as opening:
                main, wal = open_files(path, opening)
                earlier = self._history
                history = History(main, wal, earlier, index)
                if earlier is not None and self._token == token:
                    history.keep_from(earlier)
                self._files.close()
                self._files = opening.pop_all()
            self._history, self._token, self._seen = history, token, seen
        yield self._history

    def close(self) -> None:
        """Close the files."""
        self._files.close()
        self._history = None


def steadily(
    path: Path, work: Callable[[Seen], T], kept: FilesKept | None = None, salt: str = ""
) -> T:
    """What `work` makes of the files, when no checkpoint and no reset came between; five attempts.

    `salt`: of the round of the WAL that is meant, in hex; empty: any. For a process without SQLite
    connections to them. Raises OSError, Unreadable.
    """
    for _ in range(_ATTEMPTS):
        before, index = _token(path)
        try:
            with kept.history(path, before, index) if kept else opened(path, index) as history:
                _must_be_round(history, salt)
                found = work((history, index))
        except UnreadableDatabase:
            if _token(path)[0] == before:
                raise
            continue
        if _token(path)[0] == before:
            return found
    raise UnreadableDatabase(
        f"{path} was checkpointed again and again while it was read: try when its program rests"
    )


def _must_be_round(history: History, salt: str) -> None:
    """In another round the same number is another commit."""
    if salt and (history.header is None or "".join(history.header.salt) != salt):
        raise UnreadableDatabase(
            "its WAL was checkpointed and begun anew since its commits were listed, and they are "
            "gone from it: list them again"
        )


def answer(
    path: Path, work: Callable[[Seen], object], kept: FilesKept | None = None, salt: str = ""
) -> dict[str, object]:
    """The same as a document: `found`; or `unknown`, `refused` or `error`, with why."""
    return documented(path, lambda: steadily(path, work, kept, salt))


def documented(path: Path, ask: Callable[[], object]) -> dict[str, object]:
    """What `ask` returns or raises of the files, as such a document."""
    try:
        return {"found": ask()}
    except NotThere as reason:
        return {"unknown": f"{path.name}: {reason}"}
    except UnreadableDatabase as reason:
        return {"refused": f"{path.name}: {reason}"}
    except OSError as error:
        return {"error": error.strerror or str(error)}


def _token(path: Path) -> tuple[_Token, WalIndex | None]:
    index = _index(path)
    wal = stamp(Path(f"{path}-wal"))
    token = _Token(
        main=stamp(path),
        wal=wal.inode if wal else None,
        head=_head(Path(f"{path}-wal"), HEADER_BYTES),
        backfilled=(index.n_backfill, index.n_backfill_attempted) if index else None,
    )
    return token, index


def _index(path: Path) -> WalIndex | None:
    """The -shm's header, read again where a commit was just being noted in it."""
    for _ in range(_ATTEMPTS):
        index = _index_now(Path(f"{path}-shm"))
        if index is None or index.stable:
            break
    return index


def _index_now(shm: Path) -> WalIndex | None:
    try:
        with shm.open("rb", buffering=0) as file:
            # Asked first: who leaves meanwhile leaves what holds.
            is_attached = is_shm_attached(file.fileno())
            return read_index(file.read(INDEX_HEADER_BYTES), is_attached=is_attached)
    except OSError:
        return None


def _head(path: Path, size: int) -> bytes:
    try:
        with path.open("rb", buffering=0) as file:
            return file.read(size)
    except OSError:
        return b""
