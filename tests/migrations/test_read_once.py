"""One opening of a folder of many projects reads the folder once, and each database once."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from studio.backends.sqlite.engine import SQLite
from studio.backends.target import Target
from studio.db.url import parse
from studio.migrations import project, reader
from studio.migrations.board import Wishes, load_board
from studio.migrations.history import Reader
from studio.migrations.source import MigrationSource
from tests.bench.migrations import many

DATABASES = 3


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """What was done, counted at the doors everything goes through."""
    found: Counter[str] = Counter()
    really, look, read = reader.connect_to, project.discover, SQLite.catalog

    @contextmanager
    def connect_to(where: Target) -> Iterator[Reader]:
        found["connections"] += 1
        with really(where) as opened:
            yield opened

    def discover(*arguments: object) -> object:
        found["discoveries"] += 1
        return look(*arguments)  # type: ignore[arg-type]

    def catalog(self: SQLite, connection: object, server: object) -> object:
        file = connection.exec_driver_sql("PRAGMA database_list").all()[0][2]  # type: ignore[attr-defined]
        # A replay reads the catalog of its scratch in memory, which is no database of anybody.
        found["catalogs"] += bool(file)
        return read(self, connection, server)  # type: ignore[arg-type]

    monkeypatch.setattr(reader, "connect_to", connect_to)
    monkeypatch.setattr("studio.migrations.folder.discover", discover)
    monkeypatch.setattr(SQLite, "catalog", catalog)
    return found


def test_the_command_reads_everything_once(tmp_path: Path, counts: Counter[str]) -> None:
    many(tmp_path, tables=4)
    board = load_board(tmp_path, reader.connect, wishes=Wishes(drift=True))
    assert sum(status.project is not None for status in board.projects) == 12
    assert counts == {"discoveries": 1, "connections": DATABASES, "catalogs": DATABASES}


def test_the_screen_reads_everything_once(tmp_path: Path, counts: Counter[str]) -> None:
    many(tmp_path, tables=4)
    source = MigrationSource(tmp_path, parse(str(tmp_path / "a.db")))
    compared = source.compare(source.read())
    assert sum(status.project is not None for status in compared.board.projects) == 12
    assert any(status.drift for status in compared.board.projects)
    assert counts == {"discoveries": 1, "connections": DATABASES, "catalogs": DATABASES}
