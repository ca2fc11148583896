"""What every test may ask for."""

import os
from collections.abc import Iterator

import pytest

from tests.postgres import Server

MOST_WORKERS = 12
"""Each has a PostgreSQL of its own."""


def pytest_xdist_auto_num_workers() -> int:
    """More than there are cores: an app that is driven by keys waits half of its time."""
    return min(MOST_WORKERS, 2 * (os.cpu_count() or 1))


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
