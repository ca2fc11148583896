"""The -shm file: what every connection believes about the WAL (SQLite's WAL-index format)."""

import struct
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from studio.wal.checksums import checksum
from studio.wal.frames import Frame, WalHeader

HEADER_BYTES = 136
BLOCK_BYTES = 32768
"""The file grows by these; a smaller one is no WAL-index."""
WRITE_LOCK, CHECKPOINT_LOCK, RECOVER_LOCK, READ_LOCK, ATTACHED_LOCK = 120, 121, 122, 123, 128
"""Byte offsets; five READ locks. Every attached connection holds the last one shared."""
UNUSED_MARK = 0xFFFFFFFF
_BLOCK_FRAMES = 4096
_HEAD_FRAMES = HEADER_BYTES // 4
"""The room the header takes in the first block."""
_SLOTS, _PRIME = 8192, 383
_HASH_AT = 4 * _BLOCK_FRAMES


@dataclass(frozen=True, slots=True)
class WalIndex:
    """The header of the WAL-index, in the byte order of the machine that wrote it."""

    mx_frame: int
    n_page: int
    n_backfill: int
    """Frames known to be copied into the main file."""
    n_backfill_attempted: int
    read_marks: tuple[int, ...]
    is_init: int
    page_size: int
    salt: tuple[str, str]
    stable: bool
    """The two copies of the header agree: nobody was writing it."""
    cksum_ok: bool
    is_attached: bool = False
    """A program has it open now. What lies there otherwise may be older than the main file: it is
    never synced, so after a power loss or in a copy it can be that of an earlier moment.
    """

    @property
    def file_bytes(self) -> int:
        """The least length of a -shm that counts so many frames."""
        return -(-(self.mx_frame + _HEAD_FRAMES) // _BLOCK_FRAMES) * BLOCK_BYTES

    def fits(self, header: WalHeader) -> bool:
        """Whether it can be trusted to describe the WAL that `header` begins."""
        return self.stable and self.cksum_ok and bool(self.is_init) and self.salt == header.salt

    def misses(self, header: WalHeader | None, mx_frame: int) -> bool:
        """Whether a program has it open and counts commits that a -wal with that header, and
        `mx_frame` committed frames, does not hold.
        """
        if not (self.is_attached and self.stable and self.cksum_ok and self.is_init):
            return False
        if header is None or not header.ok:
            return self.mx_frame > self.n_backfill
        return self.salt == header.salt and self.mx_frame > mx_frame

    def up_to(self, header: WalHeader | None, mx_frame: int) -> int | None:
        """No frame beyond that one was ever written to the main file; None where it cannot say so.

        SQLite notes how far a checkpoint will go before it writes the first page, and a recovery
        notes all frames: 0 is "no checkpoint in this round".
        """
        if header is None or not header.ok or not self.fits(header) or self.mx_frame > mx_frame:
            return None
        return max(self.n_backfill, self.n_backfill_attempted)


def read_index(data: bytes, *, is_attached: bool = False) -> WalIndex | None:
    """The header in the first bytes of a -shm; None when there are too few."""
    if len(data) < HEADER_BYTES:
        return None
    page_size, mx_frame, n_page = struct.unpack_from("=HII", data, 14)
    sums = checksum(data[:40], (0, 0), big_endian=sys.byteorder == "big")
    return WalIndex(
        mx_frame=mx_frame,
        n_page=n_page,
        n_backfill=struct.unpack_from("=I", data, 96)[0],
        n_backfill_attempted=struct.unpack_from("=I", data, 128)[0],
        read_marks=struct.unpack_from("=5I", data, 100),
        is_init=data[12],
        page_size=65536 if page_size == 1 else page_size,
        salt=(data[32:36].hex(), data[36:40].hex()),
        stable=data[:48] == data[48:96],
        cksum_ok=sums == struct.unpack_from("=2I", data, 40),
        is_attached=is_attached,
    )


def first_misplaced(data: bytes, index: WalIndex, frames: Sequence[Frame]) -> int:
    """The first frame that a whole -shm does not lead to from its page, as it should; 0: none.

    SQLite finds a page's newest frame by this alone. `frames`: those of the WAL, from the first.
    """
    for frame in frames[: index.mx_frame]:
        block, place = divmod(frame.number - 1 + _HEAD_FRAMES, _BLOCK_FRAMES)
        start = block * BLOCK_BYTES
        if start + BLOCK_BYTES > len(data):
            return frame.number
        (page,) = struct.unpack_from("=I", data, start + 4 * place)
        # In the first block they are numbered from behind the header.
        named = place + 1 - (0 if block else _HEAD_FRAMES)
        if page != frame.page or not _leads_to(data, start + _HASH_AT, page, named):
            return frame.number
    return 0


def _leads_to(data: bytes, table: int, page: int, named: int) -> bool:
    slot = page * _PRIME % _SLOTS
    for _ in range(_SLOTS):
        (found,) = struct.unpack_from("=H", data, table + 2 * slot)
        if found in {0, named}:
            return bool(found)
        slot = (slot + 1) % _SLOTS
    return False
