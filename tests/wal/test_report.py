"""What `studio wal` tells of a WAL: the samples, and whose every page is by SQLite's own dbstat."""

import json
import shutil
from pathlib import Path

import pytest

from studio.cli.main import main
from studio.wal.history import opened
from studio.wal.owners import GONE, Owners
from tests.examples import examples
from tests.wal.programs import snapshot
from tests.wal.test_samples import NAMES, SAMPLES
from tests.wal.workload import ENCODINGS, Shape, make

LEFT_OUT = {"description", "files", "passive_checkpoint"}
LEFT_OUT_OF_COMMITS = {"state", "sql"}


@pytest.mark.parametrize("name", NAMES)
def test_json_is_exactly_what_the_sample_says(name: str, tmp_path: Path, capsys) -> None:
    folder = Path(shutil.copytree(SAMPLES / name, tmp_path / name))
    expected = json.loads((folder / "expected.json").read_text())
    expected = {key: value for key, value in expected.items() if key not in LEFT_OUT}
    for commit in expected["commits"]:
        for key in LEFT_OUT_OF_COMMITS & commit.keys():
            del commit[key]
    before = snapshot(folder)
    assert main(["wal", str(folder / "app.db"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == expected
    assert snapshot(folder) == before


FEW = [
    (512, "UTF-8", 0),
    (1024, "UTF-16le", 1),
    (4096, "UTF-16be", 2),
    (512, "UTF-8", 1),
    (65536, "UTF-8", 0),
    (8192, "UTF-16le", 0),
    (1024, "UTF-8", 2),
    (32768, "UTF-8", 1),
]
MANY = [
    Shape(n, 512 << n % 4, ENCODINGS[n % 3], n % 3, commits=25, checkpoints=n % 2 > 0)
    for n in range(100, 100 + examples(32))
]
SHAPES = [Shape(number, *kind) for number, kind in enumerate(FEW)] + MANY


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: f"{shape.seed}-{shape.page_size}")
def test_pages_belong_to_what_dbstat_says(shape: Shape, tmp_path: Path) -> None:
    made = make(shape, tmp_path)
    with opened(made.path) as history:
        owners = Owners(history)
        assert len(history.commits) == len(made.truths) - 1
        reachable = set(history.reachable)
        for commit, truth in zip(history.commits, made.truths[1:], strict=True):
            after = history.state(commit.last_frame)
            owners.move_on(commit, after)
            if commit.last_frame not in reachable:
                continue
            found = dict(owners.labels(commit.pages, after))
            for page, label in found.items():
                expected = truth.pages.get(page)
                if expected is None:
                    assert label in {"freelist-leaf", "freelist-trunk", "ptrmap", GONE}
                    assert (label == GONE) is (page > commit.db_pages)
                else:
                    assert label == expected, f"page {page} after frame {commit.last_frame}"
