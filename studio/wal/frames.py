"""The -wal file: header, frames, checksums, commits (SQLite file format, §4)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import BinaryIO

from studio.wal.checksums import FRAME_HEADER_BYTES, Sums, chained, checksum

HEADER_BYTES = 32
_MAGIC = 0x377F0682
_VERSION = 3007000
_PAGE_SIZES = {2**power for power in range(9, 17)}
_PLACE_BYTES = 8
_NAMED_BYTES = 16
"""Of a frame: its place and its salts."""
_MOST_BEHIND = 100_000
"""Frames that do not count and are looked at: some 0.2 s."""
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class WalHeader:
    """The first 32 bytes."""

    page_size: int
    checkpoint_seq: int
    salt: tuple[str, str]
    """As hexadecimal; a frame belongs to this generation when it carries the same."""
    big_endian_checksums: bool
    sums: Sums
    """The checksum the first frame's continues."""
    ok: bool
    """Magic, version, page size and checksum hold; otherwise SQLite sees an empty WAL."""
    other_version: int = 0
    """Of the format, where that alone is wrong: SQLite opens no database beside such a WAL."""

    @property
    def frame_bytes(self) -> int:
        """The length of one frame with its header."""
        return FRAME_HEADER_BYTES + self.page_size


@dataclass(frozen=True, slots=True)
class Frame:
    """One page image in the WAL."""

    number: int
    """From 1."""
    page: int
    db_pages: int
    """The database's size in pages when this frame commits, else 0."""


@dataclass(frozen=True, slots=True)
class Commit:
    """The frames of one transaction."""

    first_frame: int
    last_frame: int
    db_pages: int
    pages: tuple[int, ...]
    """The pages it wrote, each once, in ascending order."""


@dataclass(frozen=True, slots=True)
class Frames:
    """The valid frames from the start of the file, and why there are no more."""

    frames: tuple[Frame, ...]
    frame_slots: int
    """How many whole frames fit in the file, stale ones too."""
    ends_because: str
    """`end of file`, or the first bad frame and what is wrong: `frame 15: salt`, `checksum`, or
    `cut` where the file ends within a frame of this round.
    """

    @property
    def mx_frame(self) -> int:
        """The last frame that commits; 0 when none does."""
        return max((frame.number for frame in self.frames if frame.db_pages), default=0)

    @property
    def commits(self) -> tuple[Commit, ...]:
        """The committed transactions, oldest first."""
        ends = [0, *(frame.number for frame in self.frames if frame.db_pages)]
        return tuple(
            Commit(
                before + 1,
                last,
                self.frames[last - 1].db_pages,
                tuple(sorted({frame.page for frame in self.frames[before:last]})),
            )
            for before, last in pairwise(ends)
        )


@dataclass(frozen=True, slots=True)
class CommittedFrames:
    """The committed frames of one round of a WAL: they stay as they are until the next."""

    salt: tuple[str, str]
    frames: tuple[Frame, ...]
    sums: Sums
    """The checksum of the last."""


@dataclass(frozen=True, slots=True)
class Behind:
    """The frames from the first on that does not count."""

    commits: int
    """How many behind the first carry this round's salts and say that they commit."""
    is_blank: bool
    """None has salts: room that was never written."""


def read_header(data: bytes) -> WalHeader | None:
    """The header in the first bytes of a WAL; None when there are fewer than 32."""
    if len(data) < HEADER_BYTES:
        return None
    magic, version, page_size, sequence = struct.unpack_from(">4I", data)
    big_endian = bool(magic & 1)
    sums = checksum(data[:24], (0, 0), big_endian=big_endian)
    is_whole = (
        magic & ~1 == _MAGIC
        and is_page_size(page_size)
        and sums == struct.unpack_from(">2I", data, 24)
    )
    return WalHeader(
        page_size=page_size,
        checkpoint_seq=sequence,
        salt=(data[16:20].hex(), data[20:24].hex()),
        big_endian_checksums=big_endian,
        sums=sums,
        ok=is_whole and version == _VERSION,
        other_version=version if is_whole and version != _VERSION else 0,
    )


def is_page_size(size: int) -> bool:
    """Whether `size` is one SQLite can use: a power of two from 512 to 65536."""
    return size in _PAGE_SIZES


def read_frames(
    file: BinaryIO, header: WalHeader, file_bytes: int, known: CommittedFrames | None = None
) -> Frames:
    """Every valid frame, checksums checked: some 15 µs a frame of 4 KiB that is not `known`."""
    size = header.frame_bytes
    slots = max(0, file_bytes - HEADER_BYTES) // size
    salt = bytes.fromhex(header.salt[0] + header.salt[1])
    sums = header.sums
    found: list[Frame] = []
    if known is not None and known.salt == header.salt and len(known.frames) <= slots:
        found, sums = list(known.frames), known.sums
    file.seek(HEADER_BYTES + len(found) * size)
    while (number := len(found)) < slots:
        data = file.read(min(max(1, _CHUNK_BYTES // size), slots - number) * size)
        fitting = _fitting(data, size, salt)
        if not fitting and len(data) < size:
            break
        own = data[: fitting * size]
        expected = chained(own, size, sums, big_endian=header.big_endian_checksums)
        for place, sums in zip(range(0, len(own), size), expected, strict=True):
            page, db_pages = struct.unpack_from(">2I", own, place)
            if not page or sums != struct.unpack_from(">2I", own, place + 16):
                return Frames(tuple(found), slots, f"frame {len(found) + 1}: checksum")
            found.append(Frame(len(found) + 1, page, db_pages))
        if (fitting + 1) * size <= len(data):
            return Frames(tuple(found), slots, f"frame {len(found) + 1}: salt")
    return Frames(tuple(found), slots, _last(file, salt, found, slots, file_bytes - size * slots))


def _last(file: BinaryIO, salt: bytes, found: list[Frame], slots: int, left: int) -> str:
    """Why there are no frames after all the whole ones. A reset may leave a piece of an older one:
    journal_size_limit cuts anywhere.
    """
    if len(found) < slots or left <= HEADER_BYTES:
        return "end of file"
    data = file.read(min(left - HEADER_BYTES, _NAMED_BYTES))
    is_blank = len(data) >= _PLACE_BYTES // 2 and not any(data)
    is_own = not is_blank and salt.startswith(data[_PLACE_BYTES:])
    return f"frame {slots + 1}: {'cut' if is_own else 'salt'}"


def known_frames(file: BinaryIO, header: WalHeader, found: Frames) -> CommittedFrames | None:
    """What need not be read again of `found`; None where nothing was committed."""
    last = found.mx_frame
    if not last:
        return None
    file.seek(HEADER_BYTES + (last - 1) * header.frame_bytes + _NAMED_BYTES)
    data = file.read(8)
    if len(data) < 8:  # noqa: PLR2004 - two numbers
        return None
    first, second = struct.unpack(">2I", data)
    return CommittedFrames(header.salt, found.frames[:last], (first, second))


def read_behind(file: BinaryIO, header: WalHeader, first: int) -> Behind:
    """What frame `first`, which does not count, and those after it say they are: 16 bytes each."""
    salt = bytes.fromhex(header.salt[0] + header.salt[1])
    commits, is_blank, number = 0, True, first
    while number < first + _MOST_BEHIND:
        file.seek(HEADER_BYTES + (number - 1) * header.frame_bytes)
        data = file.read(_NAMED_BYTES)
        is_blank = is_blank and not any(data)
        if len(data) < _NAMED_BYTES:
            break
        is_own = data[_PLACE_BYTES:] == salt
        commits += number > first and is_own and any(data[4:_PLACE_BYTES])
        number += 1
    return Behind(commits, is_blank)


def _fitting(data: bytes, frame_bytes: int, salt: bytes) -> int:
    """How many whole frames at the start of `data` are of the generation `salt` names."""
    whole = len(data) // frame_bytes
    for index in range(whole):
        place = index * frame_bytes + 8
        if data[place : place + 8] != salt:
            return index
    return whole


def committing(file: BinaryIO, header: WalHeader, first: int, last: int) -> Iterator[int]:
    """The numbers of the frames from `first` to `last` that commit.

    Trusts that they are valid, as the WAL-index says: reads 8 bytes a frame.
    """
    for number in range(first, last + 1):
        file.seek(HEADER_BYTES + (number - 1) * header.frame_bytes)
        data = file.read(_PLACE_BYTES)
        if len(data) < _PLACE_BYTES:
            return
        if struct.unpack(">2I", data)[1]:
            yield number
