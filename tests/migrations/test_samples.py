"""Every sample project gives exactly the list its expected.json has."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.migrations.board import BoardOptions, load_board
from studio.migrations.reader import connect
from studio.model.migration import Board
from tests.migrations.conftest import SAMPLES

CASES = sorted(p.name for p in SAMPLES.iterdir() if (p / "expected.json").exists())
ON_POSTGRES = [name for name in CASES if (SAMPLES / name / "database.sql").exists()]
ON_SQLITE = [name for name in CASES if name not in ON_POSTGRES]

Line = tuple[str, str, str]


def expected(folder: Path, database: str | None = None) -> list[Line]:
    items = json.loads((folder / "expected.json").read_text())
    return [
        (item["framework"], item["id"], item["state"])
        for item in items
        if database is None or item.get("database") == database
    ]


def lines(board: Board) -> list[Line]:
    return [(p.framework, e.id, e.state.value) for p in board.projects for e in p.entries]


@pytest.mark.parametrize("name", [n for n in ON_SQLITE if n != "table-name-collisions"])
def test_a_project_with_its_own_database(name: str, sample: Callable[[str], Path]) -> None:
    folder = sample(name)
    board = load_board(folder, connect)
    assert lines(board) == expected(folder)
    assert not board.unreachable


@pytest.mark.parametrize("name", ON_POSTGRES)
def test_a_project_on_postgresql(
    name: str, sample: Callable[[str], Path], loaded: Callable[[Path], str]
) -> None:
    folder = sample(name)
    board = load_board(folder, connect, database=loaded(folder / "database.sql"))
    assert lines(board) == expected(folder)


@pytest.mark.parametrize("database", ["dbmate", "golang-migrate", "rails", "ecto", "laravel"])
def test_shared_names_are_told_apart(database: str, sample: Callable[[str], Path]) -> None:
    folder = sample("table-name-collisions")
    name = f"{database}.db"
    board = load_board(None, connect, database=str(folder / name))
    assert lines(board) == expected(folder, name)
    assert [p.project for p in board.projects] == [None]


def test_every_sample_is_tried() -> None:
    assert len(CASES) == 20


@pytest.mark.parametrize("name", ["drizzle-pg"])
def test_drift_is_what_is_expected(
    name: str, sample: Callable[[str], Path], loaded: Callable[[Path], str]
) -> None:
    folder = sample(name)
    wanted = json.loads((folder / "expected_drift.json").read_text())["drift"]
    url = loaded(folder / "database.sql")
    board = load_board(folder, connect, database=url, wishes=BoardOptions(drift=True))
    (status,) = board.projects
    found = {(item.kind, item.object) for item in status.drift}
    assert found == {(item["kind"], item["object"]) for item in wanted}
    assert all(item.statement for item in status.drift)
    for item in wanted:
        same = next(d for d in status.drift if (d.kind, d.object) == (item["kind"], item["object"]))
        assert "declared" not in item or same.declared == item["declared"]
        assert "database" not in item or same.database == item["database"]
