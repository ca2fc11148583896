"""Which commits can still be rebuilt: each one that is offered is what SQL saw then."""

import random
import sqlite3
import struct
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from studio.wal.changes import rows_of_commit
from studio.wal.history import History, State, Unreadable, opened
from studio.wal.index import WalIndex
from studio.wal.schema import read_schema
from studio.wal.steady import steadily
from studio.wal.trees import Guarded, Tree
from tests.examples import examples
from tests.wal.test_changes import exact, frames_of
from tests.wal.workload import Shape, Truth, make


def holds(state: State, truth: Truth) -> bool:
    """Whether every table is exactly what SQL said."""
    side = Guarded(state)
    found = {}
    for entry in read_schema(side, state.header):
        if entry.kind == "table" and entry.root > 1 and not entry.name.startswith("sqlite_"):
            tree = Tree(side, entry)
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
            with pytest.raises(Unreadable, match="cannot be rebuilt"):
                rows_of_commit(history, frame)
    return True


@pytest.mark.parametrize("has_shm", [True, False])
def test_a_page_written_back_is_no_checkpoint(has_shm: bool, tmp_path: Path) -> None:
    path, files = tmp_path / "app.db", tmp_path / "copy"
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        for statement in (
            "PRAGMA journal_mode=wal", "PRAGMA wal_autocheckpoint=0",
            "CREATE TABLE t (id INTEGER PRIMARY KEY, a)", "CREATE TABLE u (a)",
            "INSERT INTO t VALUES (1, 'one'), (2, 'two')",
            "INSERT INTO u VALUES ('old')",
            "PRAGMA wal_checkpoint(TRUNCATE)", "DELETE FROM t WHERE id = 1",
            "UPDATE u SET a = 'new'", "UPDATE u SET a = 'old'",
        ):  # fmt: skip
            writer.execute(statement)
        files.mkdir()
        for name in ("app.db", "app.db-wal", "app.db-shm"):
            (files / name).write_bytes((tmp_path / name).read_bytes())
    if not has_shm:
        (files / "app.db-shm").unlink()

    def counted(seen: tuple[History, WalIndex | None]) -> tuple[int, int]:
        return len(seen[0].commits), len(seen[0].reachable)

    assert steadily(files / "app.db", counted) == ((3, 3) if has_shm else (3, 2))
