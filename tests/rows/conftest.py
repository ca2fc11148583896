"""Both engines, kept for a whole module: hypothesis runs many examples in one database."""

from collections.abc import Iterator

import pytest

from tests.postgres import Server
from tests.rows.places import Place, postgres_place, sqlite_place


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """A database of each engine, for the tests of one module."""
    if request.param == "sqlite":
        with sqlite_place(tmp_path_factory.mktemp("rows")) as found:
            yield found
        return
    server: Server = request.getfixturevalue("postgres_server")
    with server.database() as name, postgres_place(server.url(name)) as found:
        yield found


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """SQLite alone."""
    with sqlite_place(tmp_path_factory.mktemp("rows")) as found:
        yield found


@pytest.fixture(scope="module")
def postgresql(postgres_server: Server) -> Iterator[Place]:
    """PostgreSQL alone."""
    with postgres_server.database() as name, postgres_place(postgres_server.url(name)) as found:
        yield found
