"""Damaged and hostile bytes: a sentence or an answer, never anything else."""

import random
import shutil
import struct
from pathlib import Path
from typing import Any

import pytest

from studio.wal.checksums import FRAME_HEADER_BYTES, chained, checksum
from studio.wal.frames import HEADER_BYTES
from studio.wal.questions import reply
from tests.examples import examples
from tests.wal.test_samples import NAMES, SAMPLES
from tests.wal.workload import Shape, make

ROUNDS = examples(2400) // len(NAMES)


def sealed(wal: bytes) -> bytes:
    """The same bytes with checksums that hold, so that their content is believed."""
    page_size = int.from_bytes(wal[8:12], "big")
    size = FRAME_HEADER_BYTES + page_size
    if page_size % 8 or not 512 <= page_size <= 65536:
        return wal
    big = bool(wal[3] & 1)
    head = wal[:24]
    sums = checksum(head, (0, 0), big_endian=big)
    parts = [head, struct.pack(">2I", *sums)]
    for start in range(HEADER_BYTES, len(wal) - size + 1, size):
        frame = wal[start : start + size]
        frame = frame[:8] + wal[16:24] + frame[16:]
        (sums,) = chained(frame, size, sums, big_endian=big)
        parts.append(frame[:16] + struct.pack(">2I", *sums) + frame[24:])
    return b"".join(parts)


def damaged(rng: random.Random, data: bytes) -> bytes:
    """Some bytes changed, cut, repeated or zeroed."""
    found = bytearray(data)
    for _ in range(rng.choice((1, 1, 3, 30))):
        if not found:
            break
        place = rng.randrange(len(found))
        match rng.randrange(6):
            case 0:
                found[place] ^= 1 << rng.randrange(8)
            case 1:
                found[place : place + 4] = rng.choice((b"\xff" * 4, b"\0" * 4, b"\0\0\0\1"))
            case 2:
                # Where b-tree pages keep their kind, their cell count and their first pointers.
                page = place // 1024 * 1024 + rng.choice((0, HEADER_BYTES + FRAME_HEADER_BYTES))
                found[page + rng.randrange(16) : page + 16] = rng.randbytes(rng.randrange(9))
            case 3:
                del found[place : place + rng.randrange(3000)]
            case 4:
                found[place:place] = found[place // 2 : place // 2 + rng.randrange(3000)]
            case 5:
                found[place : place + 100] = rng.randbytes(100)
    return bytes(found)


def survives(path: Path) -> None:
    """Every question has an answer or a sentence."""
    found = asked(path, "--report")
    commits = found.get("found", {}).get("commits", ())
    frames = [str(commit["commit"]["last_frame"]) for commit in commits[-3:]]
    for frame in frames:
        asked(path, "--commit", frame)
    for frame in frames[:1]:
        asked(path, "--between", "0", frame)
        output = path.with_name("then.db")
        asked(path, "--as-of", frame, str(output), "--fleeting")
        output.unlink(missing_ok=True)
    asked(path, "--deleted")
    asked(path, "--sizes")
    asked(path, "--salvage", str(path.with_name("salvaged.db")))
    path.with_name("salvaged.db").unlink(missing_ok=True)


def asked(path: Path, *question: str) -> dict[str, Any]:
    """The answer, which is one."""
    found = reply(path, list(question), lambda _told: None)
    assert found is not None
    assert found.keys() <= {"found", "refused", "error", "unknown"}
    return found


@pytest.mark.parametrize("name", NAMES)
def test_damage_is_told_in_a_sentence(name: str, tmp_path: Path) -> None:
    rng = random.Random(name)
    folder = Path(shutil.copytree(SAMPLES / name, tmp_path / name))
    files = {path: path.read_bytes() for path in folder.glob("app.db*")}
    for _ in range(ROUNDS):
        for path, data in files.items():
            spoiled = damaged(rng, data) if rng.random() < 0.6 else data
            is_sealed = path.name.endswith("-wal") and rng.random() < 0.7
            path.write_bytes(sealed(spoiled) if is_sealed and len(spoiled) > 32 else spoiled)
        survives(folder / "app.db")


@pytest.mark.parametrize("seed", range(examples(40)))
def test_damage_in_deep_trees(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    made = make(Shape(seed, 512 << seed % 3, auto_vacuum=seed % 3, commits=20), tmp_path)
    wal = Path(f"{made.path}-wal")
    data, main = wal.read_bytes(), made.path.read_bytes()
    for _ in range(8):
        wal.write_bytes(sealed(damaged(rng, data)))
        made.path.write_bytes(damaged(rng, main))
        survives(made.path)


def test_a_page_that_is_its_own_child_and_a_freelist_that_goes_round(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(SAMPLES / "live-triple", tmp_path / "live"))
    wal = folder / "app.db-wal"
    data = bytearray(wal.read_bytes())
    for start in range(HEADER_BYTES, len(data), 1024 + FRAME_HEADER_BYTES):
        page = int.from_bytes(data[start : start + 4], "big")
        body = start + FRAME_HEADER_BYTES
        if page == 1:
            data[body + 32 : body + 40] = struct.pack(">2I", 4, 9)
        elif page == 4:
            data[body : body + 8] = struct.pack(">2I", 4, 200)
        else:
            data[body : body + 14] = struct.pack(">BHHHBIH", 5, 0, 1, 0, 0, page, 12)
    wal.write_bytes(sealed(bytes(data)))
    survives(folder / "app.db")
