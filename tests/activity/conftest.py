"""Eight situations at once on one server, and a way to look at it."""

from collections.abc import Callable, Iterator

import pytest

from studio.activity.standing import SortedMoment
from studio.activity.watching import watching
from studio.db.session import Session
from studio.db.url import parse
from tests.activity.situations import SCHEMA, SITUATIONS, Stage, Tree, stage
from tests.postgres import Server, run_sql


@pytest.fixture(scope="module")
def locks(postgres_server: Server) -> Iterator[tuple[str, dict[str, Tree]]]:
    """A database where everybody waits, and the trees that are expected of it."""
    with postgres_server.database() as name:
        url = postgres_server.url(name)
        run_sql(url, *SCHEMA.split(";\n"))
        with stage(url) as on:
            yield url, {name: build(on) for name, build in SITUATIONS.items()}


@pytest.fixture
def on_stage(postgres: str) -> Iterator[Stage]:
    """Actors of a test's own, on a database of its own."""
    run_sql(postgres, *SCHEMA.split(";\n"))
    with stage(postgres) as on:
        yield on


async def look(url: str) -> SortedMoment:
    database = await Session.open(parse(url))
    try:
        async with watching(database) as watcher:
            return await watcher.look()
    finally:
        await database.close()


@pytest.fixture
def looked() -> Callable[..., object]:
    return look
