"""PostgreSQL under a lane: lost connections, cancels, streams, changing tables."""

import asyncio
from collections.abc import Iterator
from contextlib import aclosing
from time import perf_counter

import pytest

from studio.backends.base import Purpose
from studio.backends.postgresql.engine import PostgreSQL
from studio.db.lane import Lane, ThreadWire, fetch
from studio.db.url import parse
from studio.model.errors import ConnectionLost, HostUnreachable, StatementFailed
from tests.backends.postgresql.conftest import Opener
from tests.postgres import Server, run_sql


async def value(lane: Lane, question: str) -> object:
    ((found,),) = (await lane.fetch(question)).rows
    return found


async def test_a_killed_connection_is_opened_again_and_said(
    postgres: str, open_session: Opener
) -> None:
    session = await open_session(postgres)
    said: list[str] = []
    session.on_reconnect = lambda: said.append("again")
    lane = session.lane(Purpose.BROWSE)
    for _ in range(3):
        pid = await value(lane, "SELECT pg_backend_pid()")
        run_sql(postgres, f"SELECT pg_terminate_backend({pid}, 5000)")
        assert await value(lane, "SELECT 1") == "1"
        assert await value(lane, "SELECT pg_backend_pid()") != pid
    assert said == ["again"] * 3


async def test_a_blocking_lane_is_opened_again_too(postgres: str) -> None:
    engine = PostgreSQL()
    made = engine.sync_engine(engine.open(parse(postgres)), Purpose.BROWSE)
    lane = Lane(engine, lambda: ThreadWire.connect(made), lambda: False)
    pid = await value(lane, "SELECT pg_backend_pid()")
    run_sql(postgres, f"SELECT pg_terminate_backend({pid}, 5000)")
    assert await value(lane, "SELECT 1") == "1"
    await lane.close()
    made.dispose()


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A server a test may stop."""
    server = Server()
    try:
        server.create()
        yield server
    finally:
        server.remove()


async def test_a_server_that_was_restarted(own_server: Server, open_session: Opener) -> None:
    session = await open_session(own_server.url())
    lane = session.lane(Purpose.BROWSE)
    assert await value(lane, "SELECT 1") == "1"
    own_server.stop()
    with pytest.raises(HostUnreachable, match="start the server"):
        await lane.fetch("SELECT 1")
    with pytest.raises(HostUnreachable):
        await lane.fetch("SELECT 1")
    own_server.start()
    assert await value(lane, "SELECT 1") == "1"
    own_server.stop()
    own_server.start()
    assert await value(lane, "SELECT 1") == "1"
    assert (await session.outline())[0].ref.name


async def test_a_connection_lost_inside_a_transaction_is_not_retried(
    postgres: str, open_session: Opener
) -> None:
    lane = (await open_session(postgres)).lane(Purpose.EDIT)

    async def lose_it() -> None:
        async with lane.transaction() as transaction:
            ((pid,),) = (await transaction.fetch("SELECT pg_backend_pid()")).rows
            run_sql(postgres, f"SELECT pg_terminate_backend({pid}, 5000)")
            await transaction.fetch("SELECT 1")

    with pytest.raises(ConnectionLost):
        await lose_it()
    assert await value(lane, "SELECT 1") == "1"


async def test_cancel_stops_the_statement_and_keeps_the_connection(
    postgres: str, open_session: Opener
) -> None:
    lane = (await open_session(postgres)).lane(Purpose.QUERY)
    pid = await value(lane, "SELECT pg_backend_pid()")
    for round_ in range(20):
        started = perf_counter()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(round_ / 1000):
                await lane.fetch("SELECT count(*) FROM generate_series(1, 1000000000)")
        assert perf_counter() - started < 1
        assert await value(lane, "SELECT pg_backend_pid()") == pid
    assert run_sql(postgres, "SELECT count(*) FROM pg_stat_activity WHERE state = 'active'") == [
        (1,)
    ]


async def test_cancel_of_a_blocking_connection(postgres: str) -> None:
    engine = PostgreSQL()
    made = engine.sync_engine(engine.open(parse(postgres)), Purpose.QUERY)
    lane = Lane(engine, lambda: ThreadWire.connect(made), lambda: False)
    pid = await value(lane, "SELECT pg_backend_pid()")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await lane.fetch("SELECT pg_sleep(30)")
    assert await value(lane, "SELECT pg_backend_pid()") == pid
    await lane.close()
    made.dispose()


async def test_a_cancelled_person_is_not_a_timeout(postgres: str, open_session: Opener) -> None:
    lane = (await open_session(postgres)).lane(Purpose.QUERY)
    running = asyncio.create_task(lane.fetch("SELECT pg_sleep(30)"))
    while not run_sql(
        postgres,
        "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%sleep(30)'"
        " AND pid <> pg_backend_pid() AND wait_event = 'PgSleep'",
    ):
        await asyncio.wait([running], timeout=0)
    await lane.interrupt()
    with pytest.raises(StatementFailed) as raised:
        await running
    assert type(raised.value) is StatementFailed
    assert raised.value.code == "57014"


async def test_a_stream_comes_in_chunks_and_ends_its_transaction(
    postgres: str, open_session: Opener
) -> None:
    lane = (await open_session(postgres)).lane(Purpose.QUERY)
    sizes = [len(c.rows) async for c in lane.stream("SELECT generate_series(1, 1200)")]
    assert sizes == [500, 500, 200]
    async with aclosing(lane.stream("SELECT generate_series(1, 1000000)")) as chunks:
        async for chunk in chunks:
            assert chunk.rows[0] == ("1",)
            break
    assert (
        await value(
            lane,
            "SELECT count(*) FROM pg_locks WHERE virtualtransaction = "
            "(SELECT virtualtransaction FROM pg_locks WHERE pid = "
            "pg_backend_pid() LIMIT 1) AND mode = 'ExclusiveLock'",
        )
        == "1"
    )


async def test_a_table_may_change_between_two_runs_of_one_statement(
    postgres: str, open_session: Opener
) -> None:
    run_sql(postgres, "CREATE TABLE t (a integer)", "INSERT INTO t VALUES (1)")
    lane = (await open_session(postgres)).lane(Purpose.BROWSE)
    for _ in range(10):
        assert (await lane.fetch("SELECT * FROM t WHERE a = %s", ("1",))).rows == (("1",),)
    run_sql(postgres, "ALTER TABLE t ALTER a TYPE text", "ALTER TABLE t ADD b text")
    assert (await lane.fetch("SELECT * FROM t WHERE a = %s", ("1",))).rows == (("1", None),)


async def test_text_reaches_the_server_untouched(postgres: str, open_session: Opener) -> None:
    lane = (await open_session(postgres)).lane(Purpose.QUERY)
    assert await value(lane, "SELECT '%s %(x)s %% :a' || 'a' LIKE '%a'") == "t"
    assert await value(lane, "SELECT '%s %(x)s %% :a'") == "%s %(x)s %% :a"
    assert (await lane.fetch("SELECT %s || '%%'", ("x",))).rows == (("x%",),)


async def test_a_locked_table_does_not_hang_the_outline(
    postgres: str, open_session: Opener
) -> None:
    run_sql(postgres, "CREATE TABLE t (a integer)")
    session = await open_session(postgres)
    lane = session.lane(Purpose.EDIT)
    async with lane.transaction() as transaction:
        await transaction.fetch("LOCK TABLE t")
        async with asyncio.timeout(4):
            assert (await session.outline())[0].bytes is None
            assert (await session.catalog()).schemas
    assert (await session.outline())[0].bytes == 0


async def test_a_sync_read_sees_type_codes(postgres: str) -> None:
    engine = PostgreSQL()
    made = engine.sync_engine(engine.open(parse(postgres)), Purpose.BROWSE)
    with made.connect() as connection:
        found = fetch(connection, "SELECT 1, 'x'::text, now()")
    assert found.type_codes == (23, 25, 1184)
    made.dispose()


async def test_two_sessions_do_not_share_lanes(postgres: str, open_session: Opener) -> None:
    one = await open_session(postgres)
    two = await open_session(postgres)
    assert await value(one.lane(Purpose.QUERY), "SELECT pg_backend_pid()") != await value(
        two.lane(Purpose.QUERY), "SELECT pg_backend_pid()"
    )
