"""What every test may ask for."""

from collections.abc import Iterator

import pytest

from tests.postgres import Server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A PostgreSQL of this test process, from the wheel's binaries; gone when the run ends."""
    server = Server()
    try:
        server.create()
        yield server
    finally:
        server.remove()


@pytest.fixture
def postgres(postgres_server: Server) -> Iterator[str]:
    """A fresh, empty database as a libpq URL; `tests.postgres.run_sql` fills it."""
    with postgres_server.database() as name:
        yield postgres_server.url(name)
