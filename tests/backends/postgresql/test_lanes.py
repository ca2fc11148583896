"""PostgreSQL under a lane: lost connections, cancels, streams, changing tables."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import aclosing

import psycopg
import pytest

from studio.backends.base import Purpose
from studio.backends.postgresql.engine import PostgreSQL
from studio.db.fetching import fetch
from studio.db.lane import Lane
from studio.db.session import Session
from studio.db.url import parse
from studio.db.wire import ThreadWire
from studio.model.catalog import TableRef
from studio.model.errors import Busy, ConnectionLost, HostUnreachable, StatementFailed
from tests.backends.postgresql.conftest import Opener
from tests.patience import IN_VAIN_S
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
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(round_ / 1000):
                await lane.fetch("SELECT pg_sleep(600)")
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


async def test_a_locked_table_hangs_neither_outline_nor_catalog(
    postgres: str, open_session: Opener
) -> None:
    run_sql(
        postgres,
        "CREATE TABLE t (a integer DEFAULT 1 + 1 CHECK (a > 0), b text)",
        "CREATE INDEX i ON t (lower(b)) WHERE a > 1",
        "CREATE VIEW v AS SELECT * FROM t",
        "CREATE TABLE u (a integer DEFAULT 7)",
    )
    session = await open_session(postgres)
    lane = session.lane(Purpose.EDIT)
    async with lane.transaction() as transaction:
        await transaction.fetch("LOCK TABLE t")
        async with asyncio.timeout(10):
            outline = {found.ref.name: found for found in await session.outline()}
            catalog = await session.catalog()
        assert {"t", "u", "v"} <= outline.keys()
        assert catalog.table(TableRef("public", "t")).column_names == ("a", "b")
        assert catalog.table(TableRef("public", "u")).column("a").default == "7"
        assert "somebody is changing public.t" in catalog.notes[1]
        assert "text of some views was not read" in catalog.notes[0]
        with pytest.raises(Busy):
            await session.lane(Purpose.BROWSE).fetch("SELECT * FROM t")
    catalog = await session.catalog()
    assert catalog.notes == ()
    assert catalog.table(TableRef("public", "t")).column("a").default == "(1 + 1)"
    assert "SELECT" in catalog.table(TableRef("public", "v")).sql


async def test_tables_may_come_and_go_while_the_catalog_is_read(
    postgres: str, open_session: Opener
) -> None:
    """Nothing fails, and nobody's own statements are lost to a deadlock with the reading."""
    session = await open_session(postgres)
    over = threading.Event()

    def churn() -> int:
        made = 0
        with psycopg.connect(postgres, autocommit=True) as connection:
            while not over.is_set():
                name = f"t{made % 5}"
                connection.execute(f"DROP TABLE IF EXISTS {name} CASCADE".encode())
                connection.execute(
                    f"CREATE TABLE {name} (a serial PRIMARY KEY, c integer REFERENCES {name}, "
                    "b text DEFAULT 'x' CHECK (b <> ''))".encode()
                )
                connection.execute(f"CREATE INDEX ON {name} (lower(b)) WHERE a > 1".encode())
                connection.execute(f"CREATE VIEW v{name} AS SELECT * FROM {name}".encode())
                made += 1
        return made

    churning = asyncio.create_task(asyncio.to_thread(churn))
    try:
        for _ in range(15):
            assert (await session.catalog()).schemas
            assert await session.outline()
    finally:
        over.set()
    assert await churning > 5


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


async def test_closing_stops_what_runs_on_the_server(postgres: str) -> None:
    session = await Session.open(parse(postgres))
    lane = session.lane(Purpose.QUERY)
    pid = await value(lane, "SELECT pg_backend_pid()")
    running = asyncio.ensure_future(lane.fetch("SELECT pg_sleep(600)"))
    while not run_sql(
        postgres, f"SELECT 1 FROM pg_stat_activity WHERE pid = {pid} AND state = 'active'"
    ):
        await asyncio.sleep(0.01)
    await asyncio.wait_for(session.close(), IN_VAIN_S)
    await asyncio.wait([running])
    assert running.exception() is not None
    for _ in range(500):
        if not run_sql(postgres, f"SELECT 1 FROM pg_stat_activity WHERE pid = {pid}"):
            break
        await asyncio.sleep(0.01)
    else:
        pytest.fail("the server still works on it")
