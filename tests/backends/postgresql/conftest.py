"""A database made to hurt, and what talks to it."""

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection

from studio.backends.base import Purpose
from studio.backends.postgresql.engine import PostgreSQL
from studio.db.session import Session
from studio.db.url import parse
from tests.postgres import Server
from tests.torture_postgres import build

Opener = Callable[[str], Coroutine[Any, Any, Session]]


@pytest.fixture(scope="session")
def torture(postgres_server: Server) -> Iterator[str]:
    """The torture database; tests only read it."""
    with postgres_server.database() as name:
        url = postgres_server.url(name)
        build(url)
        yield url


@pytest.fixture
async def open_session() -> AsyncIterator[Opener]:
    """Opens sessions that end with the test."""
    opened: list[Session] = []

    async def opener(address: str, **options: Any) -> Session:
        session = await Session.open(parse(address, **options))
        opened.append(session)
        return session

    yield opener
    for session in opened:
        await session.close()


@pytest.fixture
def engine() -> PostgreSQL:
    """The backend."""
    return PostgreSQL()


@pytest.fixture
def tortured(torture: str, engine: PostgreSQL) -> Iterator[Connection]:
    """A blocking, read-only connection to the torture database."""
    made = engine.sync_engine(engine.open(parse(torture)), Purpose.BROWSE)
    with made.connect() as connection:
        yield connection
    made.dispose()


@pytest.fixture
def connection(postgres: str, engine: PostgreSQL) -> Iterator[Connection]:
    """A blocking connection to a fresh database, as an EDIT lane would have it."""
    made = engine.sync_engine(engine.open(parse(postgres)), Purpose.EDIT)
    with made.connect() as connection:
        yield connection
    made.dispose()
