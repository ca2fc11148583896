"""Which commits can still be rebuilt: each one that is offered is what SQL saw then."""

import random
import shutil
import signal
import struct
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from studio.backends.sqlite.wal_history import SQLiteWalHistory
from studio.cli.main import main
from studio.db.url import parse
from studio.model.errors import Refused
from studio.wal.changes import rows_of_commit
from studio.wal.history import History, opened
from studio.wal.index import WalIndex
from studio.wal.probe import Pending, probe
from studio.wal.schema import read_schema
from studio.wal.states import State, UnreadableDatabase
from studio.wal.steady import steadily
from studio.wal.trees import GuardedState, TableTree
from tests.examples import examples
from tests.wal.programs import Program, snapshot
from tests.wal.test_changes import exact, frames_of
from tests.wal.workload import Shape, Truth, make


def holds(state: State, truth: Truth) -> bool:
    """Whether every table is exactly what SQL said."""
    side = GuardedState(state)
    found = {}
    for entry in read_schema(side, state.header):
        if entry.kind == "table" and entry.root > 1 and not entry.name.startswith("sqlite_"):
            tree = TableTree(side, entry)
            records = tree.records(tree.nodes(frozenset(), frozenset()))
            rows = tree.rows(records)
            found[entry.name] = {tree.shown_key(key, row): row for key, row in rows.items()}
    return spelled(found) == spelled(truth.tables)


def spelled(tables: dict) -> dict:
    return {
        (name, key): [(column, exact(value)) for column, value in row.items()]
        for name, rows in tables.items()
        for key, row in rows.items()
    }


def killed_checkpoint(rng: random.Random, history: History, path: Path) -> None:
    """Write some of what a checkpoint writes: each page's newest committed frame, in order."""
    pages = sorted(history.wal_pages)
    last = history.frames.mx_frame
    with path.open("r+b") as main:
        for page in pages[: rng.randrange(len(pages) + 1)]:
            image = history.image(history.frame_of(page, last))
            if page <= history.commits[-1].db_pages:
                main.seek((page - 1) * history.page_size)
                main.write(image)
        if rng.random() < 0.3:
            main.truncate(history.commits[-1].db_pages * history.page_size)


def attempted(history: History, path: Path) -> None:
    """Note how far a checkpoint goes, as SQLite does before it writes the first page."""
    with Path(f"{path}-shm").open("r+b") as shm:
        shm.seek(128)
        shm.write(struct.pack("=I", history.frames.mx_frame))


@pytest.mark.parametrize("has_shm", [True, False])
@pytest.mark.parametrize("seed", range(examples(64)))
def test_what_is_offered_is_what_was(seed: int, has_shm: bool, tmp_path: Path) -> None:
    rng = random.Random(seed)
    shape = Shape(seed, 512 << seed % 3, auto_vacuum=seed % 3, checkpoints=seed % 2 > 0)
    made = make(shape, tmp_path)
    if seed % 4:
        with opened(made.path) as history:
            if history.commits:
                attempted(history, made.path)
                killed_checkpoint(rng, history, made.path)
    if not has_shm:
        Path(f"{made.path}-shm").unlink()
    assert steadily(made.path, partial(offered_is_what_was, made.truths))


def offered_is_what_was(truths: list[Truth], seen: tuple[History, WalIndex | None]) -> bool:
    history, _ = seen
    for frame, truth in zip(frames_of(history)[1:], truths[1:], strict=True):
        state = history.state(frame)
        if frame in history.reachable:
            assert holds(state, truth), f"commit {frame} of {history.reachable}"
        else:
            with pytest.raises(UnreadableDatabase, match="cannot be rebuilt"):
                rows_of_commit(history, frame)
    return True


_CHECKPOINTS = """
import os, signal, sqlite3, sys, threading, time

def kill():
    time.sleep(float(sys.argv[2]))
    os.kill(os.getpid(), signal.SIGKILL)

connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA wal_autocheckpoint=0")
connection.execute("SELECT * FROM sqlite_schema").fetchall()
threading.Thread(target=kill).start()
connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
time.sleep(60)
"""
_LONGEST_S = 0.012
"""Of such a checkpoint."""


@pytest.mark.parametrize("seed", range(examples(40)))
def test_what_is_offered_after_a_checkpoint_was_killed(seed: int, tmp_path: Path) -> None:
    made = make(Shape(seed, 512 << seed % 3, auto_vacuum=seed % 3, checkpoints=True), tmp_path)
    when_s = random.Random(seed).random() * _LONGEST_S
    command = [sys.executable, "-I", "-S", "-c", _CHECKPOINTS, str(made.path), str(when_s)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert steadily(made.path, partial(offered_is_what_was, made.truths))


THERE_AND_BACK = (
    "PRAGMA journal_mode=wal", "PRAGMA wal_autocheckpoint=0",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a)", "CREATE TABLE u (a)",
    "INSERT INTO t VALUES (1, 'one'), (2, 'two')",
    "INSERT INTO u VALUES ('old')",
    "PRAGMA wal_checkpoint(TRUNCATE)", "DELETE FROM t WHERE id = 1",
    "UPDATE u SET a = 'new'", "UPDATE u SET a = 'old'",
)  # fmt: skip
"""The last page is again what it is in the main file, without a checkpoint."""


def reachable(path: Path) -> tuple[list[int], list[int]]:
    """The commits, and those that can be rebuilt."""
    _, report = SQLiteWalHistory().report(parse(str(path)))
    return [one.commit.last_frame for one in report.commits], list(report.reachable)


def test_a_page_written_back_is_no_checkpoint_while_a_program_says_so(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    program = Program(path)
    for statement in THERE_AND_BACK:
        program.sql(statement)
    assert reachable(path) == ([1, 2, 3], [1, 2, 3])
    # Killed with its machine or without, its -shm is believed no more.
    program.kill()
    assert reachable(path) == ([1, 2, 3], [2, 3])


def test_a_shm_older_than_the_database_is_not_believed(tmp_path: Path, capsys) -> None:
    path, left = tmp_path / "app.db", tmp_path / "left"
    program = Program(path)
    left.mkdir()
    for statement in (*THERE_AND_BACK[:-1], "UPDATE t SET a = 'then'"):
        program.sql(statement)
    # What a machine without power may leave: the -shm of before, which is never synced.
    shutil.copy(f"{path}-shm", left / "app.db-shm")
    program.sql("PRAGMA wal_checkpoint(PASSIVE)")
    program.kill()
    for suffix in ("", "-wal"):
        shutil.copy(f"{path}{suffix}", left / f"app.db{suffix}")
    path = left / "app.db"
    before = snapshot(left)
    assert reachable(path) == ([1, 2, 3], [2, 3])
    with pytest.raises(Refused, match="no program has the -shm open that would say otherwise"):
        SQLiteWalHistory().rows_of_commit(parse(str(path)), 1)
    assert main(["wal", str(path)]) == 0
    told = capsys.readouterr().out
    assert "history starts at commit 2: the main file looks checkpointed" in told
    assert "nothing checkpointed" not in told
    assert snapshot(left) == before


def test_a_shm_that_lost_commits_does_not_count_them(tmp_path: Path) -> None:
    path, left = tmp_path / "app.db", tmp_path / "left"
    program = Program(path)
    left.mkdir()
    for statement in THERE_AND_BACK[:-2]:
        program.sql(statement)
    shutil.copy(f"{path}-shm", left / "app.db-shm")
    for statement in THERE_AND_BACK[-2:]:
        program.sql(statement)
    program.kill()
    for suffix in ("", "-wal"):
        shutil.copy(f"{path}{suffix}", left / f"app.db{suffix}")
    found = probe(left / "app.db")
    assert found.pending == Pending(frames=3, commits=3)
