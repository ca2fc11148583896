"""Both engines, and a place for journals that is gone afterwards."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.edits.databases import Database, PostgresDatabase, SQLiteDatabase
from tests.postgres import Server


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where journals of this test go."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[SQLiteDatabase]:
    """SQLite alone, with somebody else's connection open."""
    found = SQLiteDatabase(str(tmp_path / "edits.db"))
    yield found
    found.close()


@pytest.fixture
def postgresql(postgres_server: Server) -> Iterator[PostgresDatabase]:
    """PostgreSQL alone."""
    with postgres_server.database() as name:
        found = PostgresDatabase(postgres_server.url(name))
        yield found
        found.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """A fresh database of each engine."""
    found: Database = request.getfixturevalue(request.param)
    return found
