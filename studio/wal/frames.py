"""The -wal file: header, frames, checksums, commits (SQLite file format, §4)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import BinaryIO

HEADER_BYTES = 32
FRAME_HEADER_BYTES = 24
_MAGIC = 0x377F0682
_VERSION = 3007000
_MASK = 0xFFFFFFFF
_PAGE_SIZES = {2**power for power in range(9, 17)}
_PLACE_BYTES = 8
Sums = tuple[int, int]


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
    """`end of file`, or the first bad frame and what is wrong: `frame 15: salt`."""

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


def checksum(data: bytes, seed: Sums, *, big_endian: bool) -> Sums:
    """SQLite's WAL checksum of `data`, whose length is a multiple of 8, continuing `seed`."""
    words = struct.unpack(f"{'>' if big_endian else '<'}{len(data) // 4}I", data)
    first, second = seed
    for a, b in zip(words[::2], words[1::2], strict=True):
        first = (first + a + second) & _MASK
        second = (second + b + first) & _MASK
    return first, second


def read_header(data: bytes) -> WalHeader | None:
    """The header in the first bytes of a WAL; None when there are fewer than 32."""
    if len(data) < HEADER_BYTES:
        return None
    magic, version, page_size, sequence = struct.unpack_from(">4I", data)
    big_endian = bool(magic & 1)
    sums = checksum(data[:24], (0, 0), big_endian=big_endian)
    return WalHeader(
        page_size=page_size,
        checkpoint_seq=sequence,
        salt=(data[16:20].hex(), data[20:24].hex()),
        big_endian_checksums=big_endian,
        sums=sums,
        ok=(
            magic & ~1 == _MAGIC
            and version == _VERSION
            and is_page_size(page_size)
            and sums == struct.unpack_from(">2I", data, 24)
        ),
    )


def is_page_size(size: int) -> bool:
    """Whether `size` is one SQLite can use: a power of two from 512 to 65536."""
    return size in _PAGE_SIZES


def read_frames(file: BinaryIO, header: WalHeader, file_bytes: int) -> Frames:
    """Every valid frame, checksums checked: 0.1-0.2 ms a frame."""
    slots = max(0, file_bytes - HEADER_BYTES) // header.frame_bytes
    salt = bytes.fromhex(header.salt[0] + header.salt[1])
    sums = header.sums
    found: list[Frame] = []
    file.seek(HEADER_BYTES)
    for number in range(1, slots + 1):
        data = file.read(header.frame_bytes)
        if len(data) < header.frame_bytes:
            break
        if data[8:16] != salt:
            return Frames(tuple(found), slots, f"frame {number}: salt")
        sums = checksum(data[:8], sums, big_endian=header.big_endian_checksums)
        sums = checksum(data[FRAME_HEADER_BYTES:], sums, big_endian=header.big_endian_checksums)
        page, db_pages = struct.unpack_from(">2I", data)
        if not page or sums != struct.unpack_from(">2I", data, 16):
            return Frames(tuple(found), slots, f"frame {number}: checksum")
        found.append(Frame(number, page, db_pages))
    return Frames(tuple(found), slots, "end of file")


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
