"""What every test may ask for."""

import gc
import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.examples import IS_LONG, examples
from tests.postgres import Server

# A law holds or not; how long an example takes says only how busy the machine is.
# The gate tries the same examples each time, as the other tests do; a long run tries new ones.
settings.register_profile(
    "studio",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    max_examples=examples(100),
    derandomize=not IS_LONG,
)
settings.load_profile("studio")

# A suite started with nohup would start every program deaf to a terminal that is gone.
signal.signal(signal.SIGHUP, signal.SIG_DFL)

# Each app leaves many objects behind: looking through all of them took 6 % of a run.
gc.freeze()
gc.set_threshold(50_000, 20, 10)

MOST_WORKERS = 12
"""Each has a PostgreSQL of its own."""


def pytest_xdist_auto_num_workers() -> int:
    """More than there are cores: an app that is driven by keys waits most of its time."""
    return min(MOST_WORKERS, 3 * (os.cpu_count() or 1))


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


@pytest.fixture
def sqlite_file(tmp_path) -> Callable[..., Path]:
    """`sqlite_file(sql…)`: a database made by these statements, in WAL mode."""

    def made(*statements: str, name: str = "app.db") -> Path:
        path = tmp_path / name
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        for statement in statements:
            connection.execute(statement)
        connection.close()
        return path

    return made
