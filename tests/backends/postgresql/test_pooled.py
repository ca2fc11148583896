"""Behind a pooler: nothing is set on a shared session, and reading still cannot write.

The pooler here is the part of one that matters: it passes bytes on and makes up the process number
a client is told.
"""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import pytest
from psycopg import AsyncConnection, AsyncCursor
from sqlalchemy import Connection
from sqlalchemy.util.concurrency import await_only

from studio.backends.base import Purpose
from studio.backends.postgresql.engine import PostgreSQL
from studio.db.lane import Lane
from studio.db.session import Session
from studio.db.url import parse
from studio.db.wire import ThreadWire
from studio.model.errors import ReadOnly, StatementFailed
from studio.queries.own_session import OwnSession
from tests.backends.postgresql.conftest import Opener
from tests.bench.script_cancels import Noting
from tests.postgres import run_sql

_KEY_DATA = b"K\x00\x00\x00\x0c"


@pytest.fixture
async def pooler(postgres: str) -> AsyncIterator[str]:
    """A conninfo that leads to the fresh database by way of a pooler."""
    parts = urlsplit(postgres)
    folder = parse_qs(parts.query)["host"][0]

    serving: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if this := asyncio.current_task():
            serving.add(this)
        upstream = await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.5432")
        there = asyncio.create_task(_pass_on(reader, upstream[1], rename=False))
        back = asyncio.create_task(_pass_on(upstream[0], writer, rename=True))
        await asyncio.wait({there, back}, return_when=asyncio.FIRST_COMPLETED)
        for each in (upstream[1], writer):
            each.close()
        await asyncio.gather(there, back)
        await asyncio.gather(
            upstream[1].wait_closed(), writer.wait_closed(), return_exceptions=True
        )

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield f"host=127.0.0.1 port={port} user=postgres dbname={parts.path[1:]} sslmode=disable"
    server.close()
    await asyncio.gather(*serving)
    await server.wait_closed()


async def _pass_on(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, rename: bool
) -> None:
    while data := await _some(reader):
        if rename and _KEY_DATA in data:
            head, _, tail = data.partition(_KEY_DATA)
            data = head + _KEY_DATA + b"\x7f\x00\x00\x07" + tail[4:]
        writer.write(data)


async def _some(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read(65536)
    except ConnectionError:
        return b""


SET = """
    SELECT string_agg(name || '=' || setting, ' ' ORDER BY name) FROM pg_settings
    WHERE name IN ('default_transaction_read_only', 'lock_timeout', 'jit')"""


def _as_it_was_left(connection: Connection) -> object:
    driver = connection.connection.driver_connection
    assert isinstance(driver, AsyncConnection)
    cursor = await_only(AsyncCursor(driver).execute(SET))
    (found,) = await_only(cursor.fetchone()) or ("nothing",)
    return found


async def test_nothing_is_set_and_nothing_is_written(
    pooler: str, postgres: str, open_session: Opener
) -> None:
    session = await open_session(pooler)
    untouched = run_sql(postgres, SET)[0][0]
    lane = session.lane(Purpose.BROWSE)
    assert (await lane.fetch("SELECT DATE '2026-01-31', 'a%b'")).rows == (("2026-01-31", "a%b"),)
    with pytest.raises(ReadOnly):
        await lane.fetch("CREATE TABLE t ()")
    with pytest.raises(StatementFailed):
        await lane.fetch("SELECT nowhere")
    assert (await lane.fetch("SELECT %s || 'x'", ("a",))).rows == (("ax",),)
    # Outside its transactions the shared session is as everybody else left it.
    async with lane.transaction() as transaction:
        assert (await transaction.fetch(SET)).rows != ((untouched,),)
    assert await lane.run(_as_it_was_left) == untouched
    assert [len(c.rows) async for c in lane.stream("SELECT generate_series(1, 700)")] == [500, 200]
    assert session.server is None
    assert (await session.identify()).user == "postgres"
    assert (await session.catalog()).notes == ()


async def test_inside_the_bracket_text_is_exact(
    pooler: str, postgres: str, open_session: Opener
) -> None:
    name = postgres.removeprefix("postgresql://postgres@/").partition("?")[0]
    run_sql(postgres, f"ALTER DATABASE {name} SET DateStyle TO 'German'")
    session = await open_session(pooler)
    for purpose in (Purpose.BROWSE, Purpose.WATCH, Purpose.QUERY):
        found = await session.lane(purpose).fetch("SELECT DATE '2026-01-31'")
        assert found.rows == (("2026-01-31",),)
    for purpose in Purpose:
        if purpose is Purpose.REFLECT:
            continue
        for read_only in (False, True):
            async with session.lane(purpose).transaction(read_only=read_only) as transaction:
                found = await transaction.fetch("SELECT DATE '2026-01-31'")
                assert found.rows == (("2026-01-31",),)


async def test_what_takes_no_transaction_gets_none(
    pooler: str, postgres: str, open_session: Opener
) -> None:
    session = await open_session(pooler)
    await session.lane(Purpose.EDIT).fetch("VACUUM")
    await session.lane(Purpose.EDIT).fetch("CREATE TABLE t ()")
    assert run_sql(postgres, "SELECT count(*) FROM t") == [(0,)]


async def test_a_read_only_target_stays_so(pooler: str, open_session: Opener) -> None:
    session = await open_session(pooler, read_only=True)
    lane = session.lane(Purpose.QUERY)
    with pytest.raises(ReadOnly):
        await lane.fetch("CREATE TABLE t ()")
    with pytest.raises(ReadOnly):
        await lane.fetch("CREATE TABLE t AS SELECT %s::integer AS a", ("1",))


async def test_a_blocking_connection_too(pooler: str) -> None:
    engine = PostgreSQL()
    made = engine.sync_engine(engine.open(parse(pooler)), Purpose.REFLECT)
    lane = Lane(engine, lambda: ThreadWire.connect(made), lambda: False)
    assert (await lane.fetch("SELECT DATE '2026-01-31'")).rows == (("2026-01-31",),)
    with pytest.raises(ReadOnly):
        await lane.fetch("CREATE TABLE t ()")
    assert (await lane.fetch("SELECT 1")).rows == (("1",),)
    await lane.close()
    made.dispose()


async def test_a_plain_server_is_not_taken_for_a_pooler(
    postgres: str, open_session: Opener
) -> None:
    lane = (await open_session(postgres)).lane(Purpose.BROWSE)
    found = await lane.fetch("SHOW default_transaction_read_only")
    assert found.rows == (("on",),)
    async with lane.transaction() as transaction:
        await transaction.fetch("SELECT 1")


async def test_a_persons_session_says_that_it_is_shared(pooler: str) -> None:
    session = await Session.open(parse(pooler))
    own = OwnSession(session, Noting())
    try:
        await own.run("set work_mem to '5MB'; create temp table t (a int)")
        assert "pooler" in own.shared_because
        assert own.held.kept == ()
    finally:
        await own.close()
        await session.close()
