"""Who holds a database, asked from outside."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from studio.wal.filesystem import file_system, is_network
from studio.wal.probe import probe
from tests.wal.programs import Program, snapshot

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc is Linux's")


@pytest.fixture
def program(tmp_path: Path):
    running = Program(tmp_path / "app.db")
    running.sql("PRAGMA journal_mode=WAL")
    running.sql("CREATE TABLE t(a)")
    yield running
    running.close()


def test_a_connection_is_seen(program: Program, tmp_path: Path) -> None:
    locks = probe(tmp_path / "app.db").locks
    assert (locks.known, locks.shared, locks.attached) == (True, True, True)
    assert (locks.writing, locks.exclusive, locks.reserved) == (False, False, False)
    program.sql("BEGIN IMMEDIATE")
    assert probe(tmp_path / "app.db").locks.writing


@linux
def test_holders_have_names(program: Program, tmp_path: Path) -> None:
    locks = probe(tmp_path / "app.db").locks
    assert {holder.pid for holder in locks.holders} == {program.process.pid}
    assert {holder.file for holder in locks.holders} == {"db", "shm"}
    comm = Path(f"/proc/{program.process.pid}/comm").read_text().strip()
    assert locks.who == f"{comm} (pid {program.process.pid})"


def test_a_rollback_transaction_is_seen(tmp_path: Path) -> None:
    program = Program(tmp_path / "app.db")
    program.sql("CREATE TABLE t(a)")
    program.sql("BEGIN IMMEDIATE")
    locks = probe(tmp_path / "app.db").locks
    assert locks.reserved
    assert not locks.exclusive
    program.sql("COMMIT")
    program.sql("BEGIN EXCLUSIVE")
    assert probe(tmp_path / "app.db").locks.exclusive
    program.sql("COMMIT")
    assert not probe(tmp_path / "app.db").locks.any
    program.close()


def test_the_command_prints_json_and_touches_nothing(program: Program, tmp_path: Path) -> None:
    before = snapshot(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "studio.wal", str(tmp_path / "app.db")],
        capture_output=True, text=True, check=True, timeout=30,
    )  # fmt: skip
    assert json.loads(done.stdout)["locks"]["attached"]
    assert snapshot(tmp_path) == before


def test_the_command_needs_the_standard_library_only() -> None:
    script = (
        "import sys; sys.path.append(sys.argv[1]); import studio.wal.__main__; "
        "print([m for m in sys.modules if m.startswith(('sqlalchemy', 'sqlite3', 'textual'))])"
    )
    root = str(Path(__file__).parent.parent.parent)
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script, root],
        capture_output=True, text=True, check=True, timeout=30,
    )  # fmt: skip
    assert done.stdout.strip() == "[]"


def test_a_fifo_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    assert probe(tmp_path / "fifo").kind == "fifo"
    assert probe(tmp_path).kind == "directory"
    assert probe(tmp_path / "none").kind == "missing"


def test_file_systems_are_told_apart() -> None:
    assert is_network("nfs4")
    assert is_network("fuse.sshfs")
    assert not is_network("ext4")
    assert not is_network("fuseblk")
    if sys.platform.startswith("linux"):
        assert file_system(Path("/proc/self")) == "proc"
