"""A migration framework of somebody else that fails in any way is a line, and nothing else."""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from studio.migrations import registry
from studio.migrations.board import load_board
from studio.migrations.framework import Surroundings
from studio.migrations.frameworks.dbmate import Dbmate
from studio.migrations.reader import connect
from studio.model.catalog import TableRef
from studio.model.migration import MigrationProject
from tests.migrations.projects import write

NAMED = ("find", "read", "applied", "apply_command", "recognises", "entries", "locks", "up_text")
"""What every look at a folder with a history and a pending migration asks of its tool."""
RAISED = (KeyError("x\ny\x1b[31m"), SystemExit(3), AssertionError(), NotImplementedError("no"))


class Guest(Dbmate):
    """A third party's tool, broken on purpose in one method."""

    name = "guest"
    broken = ""
    does: object = None

    def find(self, folder: Path, around: Surroundings) -> Iterable[MigrationProject]:
        """The same projects, with a history of its own."""
        own = TableRef(None, "guest_migrations")
        return [replace(found, table=own) for found in super().find(folder, around)]

    def __getattribute__(self, name: str) -> object:
        kind = type(self)
        if name == kind.broken:
            return _raising if isinstance(kind.does, BaseException) else lambda *_: kind.does
        return super().__getattribute__(name)


def _raising(*_: object) -> object:
    assert isinstance(Guest.does, BaseException)
    raise Guest.does


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A dbmate project with one applied and one pending migration, which the guest claims too."""
    body = "-- migrate:up\ncreate table {0} (id int);\n-- migrate:down\ndrop table {0};\n"
    write(
        tmp_path,
        {
            ".env": "DATABASE_URL=sqlite:app.db\n",
            "db/migrations/20240101000000_a.sql": body.format("a"),
            "db/migrations/20240102000000_b.sql": body.format("b"),
        },
    )
    with sqlite3.connect(tmp_path / "app.db") as connection:
        for table in ("schema_migrations", "guest_migrations"):
            connection.execute(f"create table {table} (version varchar(128) primary key)")
            connection.execute(f"insert into {table} values ('20240101000000')")
    connection.close()
    points = [EntryPoint("guest", f"{__name__}:Guest", registry.ENTRY_POINTS)]
    monkeypatch.setattr(registry, "entry_points", lambda group: points)
    _forget()
    yield tmp_path
    _forget()


def _forget() -> None:
    registry._loaded.cache_clear()
    registry._guests.cache_clear()
    registry._left_out.clear()


def test_a_guest_that_works_is_there(folder: Path) -> None:
    board = load_board(folder, connect)
    assert {status.framework for status in board.projects} == {"dbmate", "guest"}
    assert not registry.failures()


@pytest.mark.parametrize("method", NAMED)
def test_what_it_raises_is_a_line(
    folder: Path, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Guest, "broken", method)
    nothing = () if method == "recognises" else (None,)  # which is as good as no
    for error in (*RAISED, *nothing):
        monkeypatch.setattr(Guest, "does", error)
        registry._left_out.clear()
        board = load_board(folder, connect)
        (status,) = board.projects
        assert status.framework == "dbmate"
        assert [entry.state.value for entry in status.entries] == ["applied", "pending"]
        (line,) = [note for note in board.notes if "framework guest" in note]
        assert line.startswith(f"The migration framework guest failed and is left out: {method}")
        assert line.isprintable()


@pytest.mark.parametrize("method", ["name", "history", "default_names", "consequences"])
def test_one_that_does_not_say_what_it_is_is_a_line(
    folder: Path, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Refusing:
        def __get__(self, *_: object) -> object:
            raise LookupError(method)

    monkeypatch.setattr(Guest, method, Refusing())
    board = load_board(folder, connect)
    assert [status.framework for status in board.projects if status.framework == "dbmate"]
    assert method == "name" or any(f"{method}: LookupError" in note for note in board.notes)
