"""Which commits can still be rebuilt: each one that is offered is what SQL saw then."""

import random
from pathlib import Path

import pytest

from studio.wal.changes import rows_of_commit
from studio.wal.history import History, State, Unreadable, opened
from studio.wal.schema import read_schema
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


@pytest.mark.parametrize("seed", range(examples(64)))
def test_what_is_offered_is_what_was(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    shape = Shape(seed, 512 << seed % 3, auto_vacuum=seed % 3, checkpoints=seed % 2 > 0)
    made = make(shape, tmp_path)
    if seed % 4:
        with opened(made.path) as history:
            if history.commits:
                killed_checkpoint(rng, history, made.path)
    with opened(made.path) as history:
        for frame, truth in zip(frames_of(history)[1:], made.truths[1:], strict=True):
            state = history.state(frame)
            if frame in history.reachable:
                assert holds(state, truth), f"commit {frame} of {history.reachable}"
            else:
                with pytest.raises(Unreadable, match="cannot be rebuilt"):
                    rows_of_commit(history, frame)
