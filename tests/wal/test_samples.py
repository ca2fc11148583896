"""The bytes of real WALs, read as SQLite reads them: each sample says what is in it."""

import json
import shutil
from dataclasses import asdict
from pathlib import Path

import pytest

from studio.wal.frames import HEADER_BYTES, committing, read_frames, read_header
from studio.wal.index import read_index
from studio.wal.probe import from_json, probe, to_json

SAMPLES = Path(__file__).parent.parent / "samples" / "wal"
NAMES = sorted(path.parent.name for path in SAMPLES.glob("*/expected.json"))


@pytest.fixture(params=NAMES)
def sample(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy: nothing is opened in place."""
    return Path(shutil.copytree(SAMPLES / request.param, tmp_path / request.param))


def test_frames_and_commits(sample: Path) -> None:
    expected = json.loads((sample / "expected.json").read_text())
    wal = sample / "app.db-wal"
    with wal.open("rb") as file:
        header = read_header(file.read(HEADER_BYTES))
        assert header is not None
        frames = read_frames(file, header, wal.stat().st_size)
    assert {
        "header_ok": header.ok,
        "big_endian_checksums": header.big_endian_checksums,
        "page_size": header.page_size,
        "checkpoint_seq": header.checkpoint_seq,
        "salt": list(header.salt),
        "frame_slots": frames.frame_slots,
        "valid_frames": len(frames.frames),
        "mx_frame": frames.mx_frame,
        "ends_because": frames.ends_because,
    } == {
        key: expected[key]
        for key in (
            "header_ok", "big_endian_checksums", "page_size", "checkpoint_seq", "salt",
            "frame_slots", "valid_frames", "mx_frame", "ends_because",
        )
    }  # fmt: skip
    keys = ("first_frame", "last_frame", "db_pages", "pages")
    assert [{**asdict(commit), "pages": list(commit.pages)} for commit in frames.commits] == [
        {key: commit[key] for key in keys} for commit in expected["commits"]
    ]


def test_index(sample: Path) -> None:
    expected = json.loads((sample / "expected.json").read_text())["shm"]
    shm = sample / "app.db-shm"
    if expected is None:
        assert not shm.exists()
        return
    index = read_index(shm.read_bytes())
    header = read_header((sample / "app.db-wal").read_bytes()[:HEADER_BYTES])
    assert index is not None
    assert header is not None
    found = asdict(index) | {"salt_matches_wal": index.salt == header.salt}
    assert {**expected, "read_marks": tuple(expected["read_marks"])} == {
        key: found[key] for key in expected
    }
    assert index.fits(header)


def test_what_is_not_checkpointed(sample: Path) -> None:
    expected = json.loads((sample / "expected.json").read_text())
    backfilled = (expected["shm"] or {"n_backfill": 0})["n_backfill"]
    found = probe(sample / "app.db")
    assert found.pending is not None
    assert found.pending.frames == expected["mx_frame"] - backfilled
    assert found.pending.commits == sum(
        commit["last_frame"] > backfilled for commit in expected["commits"]
    )


def test_counting_commits_agrees_with_reading_them(sample: Path) -> None:
    wal = sample / "app.db-wal"
    with wal.open("rb") as file:
        header = read_header(file.read(HEADER_BYTES))
        assert header is not None
        frames = read_frames(file, header, wal.stat().st_size)
        assert list(committing(file, header, 1, frames.mx_frame)) == [
            commit.last_frame for commit in frames.commits
        ]


def test_a_probe_survives_json(sample: Path) -> None:
    found = probe(sample / "app.db")
    assert from_json(to_json(found)) == found
    assert found.is_wal
    assert found.is_sqlite
    assert not found.locks.any


@pytest.mark.parametrize("damage", range(0, 32, 4))
def test_a_damaged_header_is_not_believed(damage: int) -> None:
    data = bytearray((SAMPLES / "live-triple" / "app.db-wal").read_bytes()[:HEADER_BYTES])
    data[damage] ^= 0x40
    header = read_header(bytes(data))
    assert header is not None
    assert not header.ok


def test_short_files_are_nothing() -> None:
    assert read_header(b"\x37\x7f") is None
    assert read_index(b"\0" * 135) is None
