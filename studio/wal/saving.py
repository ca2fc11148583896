"""One state of a database as a file of its own."""

import errno
import os
import struct
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from shutil import disk_usage

from studio.wal.changes import must_be_reachable
from studio.wal.states import NotThere, UnreadableDatabase, read_page_size
from studio.wal.steady import FilesKept, Seen, steadily
from studio.wal.wanted import Saving

_BESIDE = ("", "-wal", "-shm", "-journal")
_OPEN_FILES = "/proc/self/fd"
_PIECE = 1 << 24
_ROOM_LEFT = 1 << 24
"""Bytes of a disk that a copy leaves to others."""
Told = Callable[[int, int], None]
"""Told the bytes that are written, and how many there will be."""


_AS_IT_IS = Saving()


def save_state(
    path: Path,
    frame: int | None,
    output: Path,
    told: Told,
    how: Saving = _AS_IT_IS,
    *,
    kept: FilesKept | None = None,
) -> dict[str, int]:
    """Write the database in `path` as of a commit (None: as it is now, in WAL mode) to `output`,
    which appears only when it is whole and no checkpoint came between.

    It keeps no WAL, so whoever opens it needs no other file. Raises
    OSError where `path` cannot be read, Unreadable where the commit cannot be rebuilt, the name is
    taken, or nothing can be written there.
    """
    must_be_new(output)
    with _file_to_be(output) as file:
        write = partial(_write, frame=frame, output=output, file=file, told=told)
        steadily(path, partial(write, is_fleeting=how.is_fleeting), kept, how.salt)
        if not how.is_fleeting:
            with _told_of(output):
                os.fsync(file)
    return {"bytes": output.stat().st_size}


def place(source: Path, output: Path, told: Told) -> dict[str, int]:
    """The same of a file that nobody else knows."""
    must_be_new(output)
    size = source.stat().st_size
    with _file_to_be(output) as file, _told_of(output), source.open("rb") as whole:
        _copy(whole.fileno(), size, file, lambda done: told(done, size))
        os.fsync(file)
    return {"bytes": size}


def must_be_new(output: Path) -> None:
    """Raises Unreadable where a file of that name would replace one, or belong to a database."""
    for suffix in _BESIDE:
        # A -wal left there would be taken for the new file's.
        if os.path.lexists(f"{output}{suffix}"):
            raise UnreadableDatabase(f"{output}{suffix} is there already: name a new file")
    for suffix in filter(output.name.endswith, _BESIDE[1:]):
        if os.path.lexists(output.with_name(output.name.removesuffix(suffix))):
            raise UnreadableDatabase(
                f"{output} would belong to the database beside it: name another file"
            )


def must_have_all(first: bytes, size: int) -> None:
    """Raises Unreadable where page 1 counts more pages than `size` bytes hold, as SQLite counts:
    its number holds where the change it was written with is the file's last.
    """
    page_size = read_page_size(first)
    (pages,) = struct.unpack_from(">I", first, 28)
    if first[24:28] == first[92:96] and pages > size // page_size:
        raise UnreadableDatabase(cut(size // page_size, pages))


def cut(there: int, pages: int) -> str:
    """What is wrong with a main file that ends before its last page."""
    return (
        f"it has {there:,} pages of the {pages:,} it should have, so a copy would be damaged too; "
        "`studio wal FILE --salvage --output F` writes what can still be read"
    )


def _write(
    seen: Seen, frame: int | None, output: Path, file: int, told: Told, *, is_fleeting: bool
) -> None:
    history = seen[0]
    frame = _frame_asked(seen, frame, is_fleeting=is_fleeting)
    state = history.state(frame)
    first = bytearray(state.whole(1))
    if not frame and not is_fleeting:
        must_have_all(bytes(first), history.main_bytes)
    size = len(first) * state.db_pages
    free = disk_usage(output.parent).free
    if size + _ROOM_LEFT > free:
        raise NotThere(
            f"the database as of commit {frame} is {size:,} bytes, and {output.parent} has "
            f"{free:,} left"
        )
    # A database that keeps no WAL, with its size where SQLite looks for it.
    first[18:20] = b"\1\1"
    first[28:32] = state.db_pages.to_bytes(4, "big")
    first[92:96] = first[24:28]
    with _told_of(output):
        if os.fstat(file).st_size:
            # Of an attempt before. A new file is left alone: ext4 writes all of one that was cut to
            # nothing to the disk when it is closed, while its programs wait for theirs.
            os.ftruncate(file, 0)
        _copy(history.main_file, min(size, history.main_bytes), file, lambda done: told(done, size))
        # A free page beyond the main file may never have been written.
        os.ftruncate(file, size)
        for page in history.wal_pages:
            if page <= state.db_pages and (newest := history.frame_of(page, frame)):
                os.pwrite(file, history.image(newest), (page - 1) * len(first))
        os.pwrite(file, first, 0)


def _frame_asked(seen: Seen, frame: int | None, *, is_fleeting: bool) -> int:
    """The frame, the newest for None. Raises Unreadable where a copy would lack what was cut."""
    history, index = seen
    if frame is not None:
        must_be_reachable(history, frame)
        return frame
    newest = history.frames.mx_frame
    if is_fleeting:
        return newest
    if history.is_cut(newest):
        raise UnreadableDatabase(cut(history.main_pages, history.state(newest).db_pages))
    if index is not None and index.misses(history.header, newest):
        raise UnreadableDatabase(
            f"its program counts {index.mx_frame:,} committed frames, and the -wal has "
            f"{newest:,}: it was cut or emptied, and a copy would lack the rest; `studio wal "
            "FILE --salvage --output F` writes what can still be read"
        )
    return newest


def _copy(source: int, size: int, file: int, told: Callable[[int], None]) -> None:
    """The first `size` bytes of an open file: by the kernel, where the two are on file systems
    that know how.
    """
    done, kernel = 0, getattr(os, "copy_file_range", None)
    while done < size:
        count = min(_PIECE, size - done)
        moved = 0
        if kernel is not None:
            try:
                moved = kernel(source, file, count, done, done)
            except OSError:
                # Of a full disk too: writing it says so.
                kernel = None
        if not moved:
            moved = os.pwrite(file, os.pread(source, count, done), done)
        if not moved:
            return
        done += moved
        told(done)


@contextmanager
def _told_of(output: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NotThere(f"{output} cannot be written: {error.strerror or error}") from error


@contextmanager
def _file_to_be(output: Path) -> Iterator[int]:
    """A descriptor of a file that takes the name when all went well. Where the file system can, it
    has no name before, so that nothing is left of it whatever ends this process.
    """
    with _told_of(output):
        file = _nameless(output.parent)
    if file is None:
        with _draft(output) as file:
            yield file
        return
    try:
        yield file
        with _told_of(output):
            folder = os.open(output.parent, os.O_RDONLY)
            try:
                os.link(f"{_OPEN_FILES}/{file}", output.name, dst_dir_fd=folder)
            finally:
                os.close(folder)
    finally:
        os.close(file)


def _nameless(folder: Path) -> int | None:
    """A file without a name; None where there can be none. Raises OSError."""
    kind = getattr(os, "O_TMPFILE", 0)
    if not kind or not Path(_OPEN_FILES).is_dir():
        return None
    try:
        return os.open(folder, kind | os.O_RDWR, 0o666)
    except OSError as error:
        if error.errno in {errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL}:
            return None
        raise


@contextmanager
def _draft(output: Path) -> Iterator[int]:
    """The same, under a name of its own meanwhile."""
    with _told_of(output):
        file, name = tempfile.mkstemp(dir=output.parent, prefix=f".{output.name[:200]}.")
    draft = Path(name)
    try:
        yield file
        with _told_of(output):
            draft.chmod(0o666 & ~_umask())
            _appear(draft, output)
    finally:
        os.close(file)
        draft.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _appear(draft: Path, output: Path) -> None:
    """Take the name, unless somebody has it by now."""
    with suppress(PermissionError, NotImplementedError):
        output.hardlink_to(draft)
        return
    draft.rename(output)
