"""`studio wal FILE --check`: what is normal in a -wal, what is not, and that both are said."""

import json
import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from studio.cli.main import main
from studio.wal.checksums import checksum
from studio.wal.history import opened
from tests.wal.programs import Program
from tests.wal.test_samples import SAMPLES

NORMAL = [
    "autovacuum-drop",
    "crashed-writer",
    "foreign-endian",
    "live-triple",
    "no-shm",
    "partial-checkpoint",
    "stale-frames",
]
FRAME, HEADER = 24 + 1024, 32


def sample(name: str, tmp_path: Path) -> Path:
    return Path(shutil.copytree(SAMPLES / name, tmp_path / name)) / "app.db"


def cut(path: Path, size: int) -> None:
    """Shorten, or lengthen with zeros, the -wal."""
    os.truncate(f"{path}-wal", size)


@pytest.mark.parametrize("name", NORMAL)
def test_a_good_file_gets_a_verdict_and_no_list(name: str, tmp_path: Path, capsys) -> None:
    path = sample(name, tmp_path)
    assert main(["wal", str(path), "--check"]) == 0
    told = capsys.readouterr()
    assert told.out.startswith(f"{path}-wal  sound · ")
    assert "tables touched" not in told.out
    assert not told.err


def test_a_damaged_file_gets_a_verdict_and_the_reason(tmp_path: Path, capsys) -> None:
    path = sample("corrupt-frame", tmp_path)
    assert main(["wal", str(path), "--check"]) == 1
    told = capsys.readouterr()
    assert told.out.startswith(f"{path}-wal  damaged · ")
    assert "tables touched" not in told.out
    assert "frame 19 does not fit its checksum" in told.err
    # On a terminal the two are one text.
    assert "frame 19" not in told.out


@pytest.mark.parametrize("size", [1, 20, HEADER - 1])
def test_a_wal_shorter_than_its_header_is_damage(size: int, tmp_path: Path, capsys) -> None:
    path = sample("no-shm", tmp_path)
    cut(path, size)
    says = f"{size} byte{'s' * (size != 1)}, too short for its header: what was in it is gone"
    assert main(["wal", str(path)]) == 0
    told = capsys.readouterr().out
    assert says in told
    assert "every commit" not in told
    assert main(["wal", str(path), "--check", "--json"]) == 1
    told = capsys.readouterr()
    assert says in told.err
    assert json.loads(told.out)["faults"] == [f"the -wal is {says}"]


def test_an_empty_wal_and_none_are_normal(tmp_path: Path, capsys) -> None:
    path = sample("partial-checkpoint", tmp_path)
    Path(f"{path}-shm").unlink()
    cut(path, 0)
    for _ in range(2):
        assert main(["wal", str(path), "--check"]) == 0
        told = capsys.readouterr()
        assert told.out == f"{path}-wal  sound · no WAL: every commit is in the main file\n"
        assert not told.err
        Path(f"{path}-wal").unlink(missing_ok=True)


@pytest.mark.parametrize("rest", [5, 700, FRAME - 1])
def test_a_wal_cut_within_a_frame_is_damage(rest: int, tmp_path: Path, capsys) -> None:
    path = sample("no-shm", tmp_path)
    cut(path, HEADER + 4 * FRAME + rest)
    says = f"ends in the middle of frame 5 ({rest:,} of its {FRAME:,} bytes)"
    assert main(["wal", str(path)]) == 0
    assert f"  it {says}" in capsys.readouterr().out
    assert main(["wal", str(path), "--check"]) == 1
    told = capsys.readouterr()
    assert "-wal  damaged · " in told.out
    assert f"the -wal {says}: what was written from there on is gone" in told.err
    main(["wal", str(path), "--json"])
    assert json.loads(capsys.readouterr().out)["ends_because"] == "end of file"


def test_a_version_that_sqlite_does_not_know_is_no_empty_wal(tmp_path: Path, capsys) -> None:
    path = sample("no-shm", tmp_path)
    with Path(f"{path}-wal").open("r+b") as wal:
        head = bytearray(wal.read(HEADER))
        head[7] ^= 1
        head[24:] = struct.pack(">2I", *checksum(bytes(head[:24]), (0, 0), big_endian=False))
        wal.seek(0)
        wal.write(head)
    assert main(["wal", str(path), "--check"]) == 1
    assert "header asks for version 3007001: SQLite refuses it" in capsys.readouterr().err
    assert main(["query", str(path), "SELECT 1"]) == 5
    assert "asks for version 3007001 of its format" in capsys.readouterr().err


def test_one_frame_of_no_commit_is_one(tmp_path: Path, capsys) -> None:
    path = sample("crashed-writer", tmp_path)
    cut(path, HEADER + 23 * FRAME)
    main(["wal", str(path)])
    assert "1 valid frame after the last commit belongs to no commit" in capsys.readouterr().out


def test_a_cut_commit_that_the_shm_counts_is_damage(tmp_path: Path, capsys) -> None:
    path = sample("live-triple", tmp_path)
    cut(path, HEADER + 40 * FRAME + 700)
    assert main(["wal", str(path), "--check"]) == 1
    told = capsys.readouterr().err
    assert "ends in the middle of frame 41" in told
    assert "the -shm counts 45 committed frames" in told


def test_what_a_killed_writer_left_half_written_is_normal(tmp_path: Path, capsys) -> None:
    path = sample("crashed-writer", tmp_path)
    cut(path, HEADER + 60 * FRAME + 700)
    assert main(["wal", str(path), "--check"]) == 0
    told = capsys.readouterr()
    assert (
        "it ends in the middle of frame 61 (700 of its 1,048 bytes): the -shm counts no commit "
        "there, so none is lost" in told.out
    )
    assert not told.err


def left_by(path: Path, *statements: str) -> Path:
    """A database, and what a program that was killed after these statements leaves beside it."""
    code = (
        "import os, sqlite3, sys\n"
        "connection = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "for text in sys.argv[2:]: connection.execute(text)\n"
        "os._exit(0)"
    )
    subprocess.run([sys.executable, "-I", "-S", "-c", code, str(path), *statements], check=True)
    return path


MANY_ROWS = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60) "
    "INSERT INTO t SELECT printf('%900d', i) FROM n"
)


@pytest.mark.parametrize("has_shm", [True, False])
def test_a_rest_of_an_older_round_is_normal(has_shm: bool, tmp_path: Path, capsys) -> None:
    path = left_by(
        tmp_path / "app.db",
        "PRAGMA journal_mode = wal",
        "PRAGMA journal_size_limit = 9000",
        "CREATE TABLE t (x)",
        MANY_ROWS,
        "PRAGMA wal_checkpoint(restart)",
        "INSERT INTO t VALUES (1)",
        "INSERT INTO t VALUES (2)",
    )
    assert Path(f"{path}-wal").stat().st_size == 9000
    if not has_shm:
        Path(f"{path}-shm").unlink()
    assert main(["wal", str(path), "--check"]) == 0
    told = capsys.readouterr()
    assert "2 frames in 2 commits" in told.out
    assert "the last 728 bytes are of an older round" in told.out
    assert not told.err


def test_frames_rewritten_by_a_killed_transaction_are_normal(tmp_path: Path, capsys) -> None:
    # A page spilled twice takes its old frame, whose checksums are put right by the commit alone.
    path = left_by(
        tmp_path / "app.db",
        "PRAGMA journal_mode = wal",
        "PRAGMA cache_size = 2",
        "CREATE TABLE t (x)",
        MANY_ROWS,
        "BEGIN",
        "UPDATE t SET x = x || 'b'",
        "UPDATE t SET x = x || 'c'",
    )
    assert main(["wal", str(path), "--check"]) == 0
    told = capsys.readouterr()
    assert "does not fit its checksum: the -shm counts no commit there, so none is lost" in told.out
    assert not told.err
    Path(f"{path}-shm").unlink()
    assert main(["wal", str(path), "--check"]) == 1


def test_commits_behind_a_damaged_frame_are_counted(tmp_path: Path, capsys) -> None:
    path = sample("corrupt-frame", tmp_path)
    assert main(["wal", str(path), "--check"]) == 1
    assert "4 commits behind it are not read" in capsys.readouterr().err


def test_damaged_salts_are_no_older_round(tmp_path: Path, capsys) -> None:
    path = sample("no-shm", tmp_path)
    with Path(f"{path}-wal").open("r+b") as wal:
        wal.seek(HEADER + 9 * FRAME + 8)
        wal.write(b"damaged!")
    assert main(["wal", str(path), "--check"]) == 1
    told = capsys.readouterr()
    assert "frame 10 has other salts, and " in told.err
    assert "older round" not in told.out


def test_a_preallocated_rest_is_normal(tmp_path: Path, capsys) -> None:
    path = sample("no-shm", tmp_path)
    cut(path, Path(f"{path}-wal").stat().st_size + 3 * FRAME + 500)
    assert main(["wal", str(path), "--check"]) == 0
    assert "3 frames behind were never written" in capsys.readouterr().out


def test_a_writer_that_goes_on_is_no_damage(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    writer = Program(path)
    try:
        writer.sql("PRAGMA journal_mode = wal")
        writer.sql("CREATE TABLE t (x)")
        writer.sql(MANY_ROWS)
        writer.sql("PRAGMA wal_checkpoint(restart)")
        writer.sql("INSERT INTO t VALUES (1)")
        with opened(path) as history:
            assert history.frames.ends_because == "frame 2: salt"
            for number in range(3):
                writer.sql(f"INSERT INTO t VALUES ({number})")
            assert not history.behind.commits
    finally:
        writer.close()


def test_a_huge_blank_wal_is_not_looked_through(tmp_path: Path, capsys) -> None:
    path = sample("no-shm", tmp_path)
    cut(path, 1 << 40)
    assert main(["wal", str(path), "--check"]) == 0
    assert "frames behind were never written" in capsys.readouterr().out


@pytest.mark.parametrize("rest", [4, 12, 500])
def test_blanks_shorter_than_a_frame_are_no_cut(rest: int, tmp_path: Path, capsys) -> None:
    path = sample("no-shm", tmp_path)
    cut(path, Path(f"{path}-wal").stat().st_size + rest)
    assert main(["wal", str(path), "--check"]) == 0
    assert f"the last {rest} bytes were never written" in capsys.readouterr().out


def test_a_cut_shm_is_damage(tmp_path: Path, capsys) -> None:
    path = sample("live-triple", tmp_path)
    os.truncate(f"{path}-shm", 100)
    assert main(["wal", str(path), "--check"]) == 1
    assert "the -shm is cut: 100 bytes" in capsys.readouterr().err


@pytest.mark.parametrize("place", [136 + 4 * 9, 16384])
def test_a_shm_that_leads_elsewhere_is_damage(place: int, tmp_path: Path, capsys) -> None:
    path = sample("live-triple", tmp_path)
    with Path(f"{path}-shm").open("r+b") as shm:
        shm.seek(place)
        shm.write(b"\xff" * (40 if place < 16384 else 16384))
    assert main(["wal", str(path), "--check"]) == 1
    told = capsys.readouterr().err
    assert f"the -shm does not lead to frame {10 if place < 16384 else 1}:" in told


@pytest.mark.parametrize("is_there", [True, False])
def test_a_wal_that_is_gone_while_the_shm_counts_is_damage(
    is_there: bool, tmp_path: Path, capsys
) -> None:
    path = sample("live-triple", tmp_path)
    cut(path, 0)
    if not is_there:
        Path(f"{path}-wal").unlink()
    assert main(["wal", str(path), "--check"]) == 1
    assert "the -shm counts 45 committed frames, the -wal has none" in capsys.readouterr().err
    main(["wal", str(path)])
    assert "every commit" not in capsys.readouterr().out


def test_many_frames_are_found_by_the_shm(tmp_path: Path, capsys) -> None:
    path = left_by(
        tmp_path / "app.db",
        "PRAGMA page_size = 512",
        "PRAGMA journal_mode = wal",
        "PRAGMA wal_autocheckpoint = 0",
        "CREATE TABLE t (x)",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000) "
        "INSERT INTO t SELECT zeroblob(400) FROM n",
    )
    assert main(["wal", str(path), "--check"]) == 0
    assert Path(f"{path}-shm").stat().st_size == 3 * 32768
    os.truncate(f"{path}-shm", 2 * 32768)
    assert main(["wal", str(path), "--check"]) == 1
    assert "the -shm does not lead to frame 8,159:" in capsys.readouterr().err


def test_a_damaged_header_is_told_at_once(tmp_path: Path, capsys) -> None:
    path = sample("crashed-writer", tmp_path)
    with Path(f"{path}-wal").open("r+b") as wal:
        wal.seek(8)
        wal.write(b"\0\1\2\3")
    assert main(["query", str(path), "SELECT 1"]) == 5
    told = capsys.readouterr().err
    assert "the header of the -wal beside" in told
    assert "does not check out" in told
