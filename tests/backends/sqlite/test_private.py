"""Private folders: only we can enter, and nothing of them stays, whatever ends us."""

import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from studio.backends.sqlite.private import PrivateFolder, sweep

_HOLDS = """
import sys, tempfile
tempfile.tempdir = sys.argv[1]
from studio.backends.sqlite.private import PrivateFolder
folder = PrivateFolder()
(folder.path / "copy.db").write_bytes(b"rows")
print(folder.path, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_nobody_else_can_enter_and_it_goes_when_told(temporary):
    folder = PrivateFolder()
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    folder.remove()
    assert not folder.path.exists()
    folder.remove()


def test_what_a_killed_program_left_is_removed_and_what_is_held_stays(temporary):
    one, other = (
        subprocess.Popen(
            [sys.executable, "-c", _HOLDS, str(temporary)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[3],
        )
        for _ in range(2)
    )
    try:
        left, held = (Path(program.stdout.readline().strip()) for program in (one, other))
        one.kill()
        one.communicate()
        assert (left / "copy.db").exists()
        mine = PrivateFolder()
        assert not left.exists()
        assert (held / "copy.db").exists()
        sweep()
        assert mine.path.exists()
    finally:
        other.communicate("")
    assert not held.exists()


def test_other_folders_of_that_name_are_left_alone(temporary):
    (temporary / "studio-pictures").mkdir()
    (temporary / "studio-pictures/one.png").write_bytes(b"1")
    (temporary / "studio-films").mkdir()
    (temporary / "studio-films/.held").write_bytes(b"something of somebody")
    target = temporary / "elsewhere"
    target.mkdir()
    os.close(os.open(target / ".held", os.O_CREAT, 0o600))
    (temporary / "studio-link").symlink_to(target)
    sweep()
    assert (temporary / "studio-pictures/one.png").exists()
    assert (temporary / "studio-films/.held").exists()
    assert (target / ".held").exists()
