"""Checksums of many frames at once are those of one word after another."""

import random

import pytest

from studio.wal.checksums import FRAME_HEADER_BYTES, chained, checksum


@pytest.mark.parametrize("big_endian", [False, True])
@pytest.mark.parametrize(("page_size", "frames"), [(512, 67), (4096, 9), (65536, 2)])
def test_a_chain_is_one_checksum_after_another(
    page_size: int, frames: int, big_endian: bool
) -> None:
    rng = random.Random(page_size)
    size = FRAME_HEADER_BYTES + page_size
    data = b"\xff" * size + rng.randbytes((frames - 1) * size)
    sums, expected = (rng.getrandbits(32), 0xFFFFFFFF), []
    seed = sums
    for start in range(0, len(data), size):
        frame = data[start : start + size]
        sums = checksum(frame[:8], sums, big_endian=big_endian)
        sums = checksum(frame[FRAME_HEADER_BYTES:], sums, big_endian=big_endian)
        expected.append(sums)
    assert list(chained(data, size, seed, big_endian=big_endian)) == expected
