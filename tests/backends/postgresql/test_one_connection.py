"""A server that allows one connection: what studio does by lanes, it does there one by one."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from studio.backends.base import Purpose
from studio.edits.applying.apply import apply_changes
from studio.model.apply_report import ApplyOutcome
from studio.model.catalog import TableRef
from studio.model.change import Update
from studio.model.errors import ConnectFailed, ConnectionsUsedUp
from tests.backends.postgresql.conftest import Opener
from tests.postgres import Server, run_sql

ROLE = "only_one"


@pytest.fixture
def limited(postgres_server: Server) -> Iterator[str]:
    """An address whose role gets one connection, and owns one table."""
    with postgres_server.database() as name:
        run_sql(
            postgres_server.url(name),
            f"CREATE ROLE {ROLE} LOGIN CONNECTION LIMIT 1",
            "CREATE TABLE users (id int PRIMARY KEY, name text)",
            "INSERT INTO users SELECT i, 'user ' || i FROM generate_series(1, 3) i",
            f"ALTER TABLE users OWNER TO {ROLE}",
            f"GRANT ALL ON SCHEMA public TO {ROLE}",
        )
        yield postgres_server.url(name, ROLE)
    run_sql(postgres_server.url(), f"DROP ROLE {ROLE}")


async def test_the_catalog_comes_over_the_one_connection(
    limited: str, open_session: Opener
) -> None:
    session = await open_session(limited)
    said: list[str] = []
    session.turns.on_refused = said.append
    await session.identify()
    pid = await session.lane(Purpose.BROWSE).fetch("SELECT pg_backend_pid()")
    assert (await session.outline())[0].ref.name == "users"
    assert (await session.catalog()).find(TableRef("public", "users")) is not None
    assert (await session.table(TableRef("public", "users"))).columns
    # Somebody else may be waiting for a free place: the one there is was never given up.
    assert (await session.lane(Purpose.BROWSE).fetch("SELECT pg_backend_pid()")).rows == pid.rows
    assert len(said) == 1
    assert "too many connections" in said[0]


async def test_lanes_hand_the_one_connection_on(limited: str, open_session: Opener) -> None:
    session = await open_session(limited)
    await session.identify()
    for _ in range(3):
        for purpose in Purpose:
            found = await session.lane(purpose).fetch("SELECT 1")
            assert found.rows == (("1",),), purpose
    asked = [session.lane(purpose).fetch("SELECT 1") for purpose in Purpose for _ in range(3)]
    assert len(await asyncio.gather(*asked)) == 3 * len(Purpose)


async def test_a_change_is_applied_over_the_one_connection(
    limited: str, open_session: Opener
) -> None:
    session = await open_session(limited)
    catalog = await session.catalog()
    ref = TableRef("public", "users")
    change = Update(ref, {"id": "1"}, {"name": "user 1"}, {"name": "Ada"})
    report = await apply_changes(session, [change], catalog=catalog)
    assert report.outcome is ApplyOutcome.APPLIED, report.errors
    assert (await session.lane(Purpose.BROWSE).fetch("SELECT name FROM users WHERE id = 1")).rows


@contextmanager
def taken(address: str) -> Iterator[None]:
    with psycopg.connect(address):
        yield


async def test_where_somebody_else_has_the_only_connection_that_is_said(
    limited: str, open_session: Opener
) -> None:
    session = await open_session(limited)
    with taken(limited), pytest.raises(ConnectionsUsedUp, match="too many connections"):
        await session.identify()
    # And when it is free again, nothing stands in the way.
    assert (await session.identify()).user == ROLE


async def test_an_open_transaction_is_not_taken_the_connection_from(
    limited: str, open_session: Opener
) -> None:
    session = await open_session(limited)
    await session.identify()
    async with session.lane(Purpose.QUERY).transaction() as transaction:
        await transaction.fetch("UPDATE users SET name = 'x' WHERE id = 1")
        with pytest.raises(ConnectFailed, match="something else"):
            await session.lane(Purpose.BROWSE).fetch("SELECT 1")
    assert (
        await session.lane(Purpose.BROWSE).fetch("SELECT name FROM users WHERE id = 1")
    ).rows == (("x",),)
