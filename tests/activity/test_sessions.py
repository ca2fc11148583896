"""What is seen of sessions, by whom, what it costs, and how one is stopped."""

import pytest

from studio.activity import words
from studio.activity.document import document
from studio.activity.watching import Watcher, watching
from studio.db.session import Session
from studio.db.url import parse
from studio.model.activity import ServerSession
from studio.model.errors import Refused, StatementFailed
from tests.activity.conftest import look
from tests.activity.situations import Stage
from tests.postgres import Server, run_sql


def seen(at, actor) -> ServerSession:
    return next(s for s in at.moment.sessions if s.pid == actor.pid)


@pytest.fixture
async def watcher(postgres: str):
    database = await Session.open(parse(postgres))
    async with watching(database) as made:
        yield made
    await database.close()


async def test_looking_holds_nothing_and_is_not_seen(watcher: Watcher, on_stage: Stage):
    at = await watcher.look()
    assert "studio activity" not in {s.application for s in at.moment.sessions}
    ((state, xmin, xact, settings),) = run_sql(
        on_stage.url,
        "SELECT state, backend_xmin, xact_start, (SELECT count(*) FROM pg_locks l WHERE l.pid ="
        " a.pid) FROM pg_stat_activity a WHERE application_name = 'studio activity'"
        " AND datname = current_database()",
    )
    assert (state, xmin, xact, settings) == ("idle", None, None, 0)


async def test_its_own_statements_are_limited(postgres: str):
    database = await Session.open(parse(postgres))
    watcher = Watcher(database)
    found = await watcher._lane.run(
        lambda c: [
            c.exec_driver_sql(f"SHOW {name}").scalar()
            for name in ("statement_timeout", "jit", "default_transaction_read_only")
        ]
    )
    assert found == ["3s", "off", "on"]
    await watcher.close()
    await database.close()


async def test_sessions_are_in_three_groups(watcher: Watcher, on_stage: Stage):
    running, idle, done = (on_stage.actor(name) for name in ("running", "idle", "done"))
    running.wait("SELECT pg_sleep(600)")
    idle.ask("BEGIN", "UPDATE locks.account SET v = 1", "SELECT 'the last'")
    done.ask("SELECT 1")
    on_stage.working(running)
    at = await watcher.look()
    assert running.pid in {s.pid for s in at.running}
    assert idle.pid in {s.pid for s in at.idle_in_transaction}
    assert done.pid in {s.pid for s in at.others}
    found = {s["pid"]: s for s in document(at, everything=True)["sessions"]}
    assert found[idle.pid]["query"] == "SELECT 'the last'"
    assert (found[idle.pid]["last"], found[idle.pid]["may_have_written"]) == (True, True)
    assert (found[running.pid]["last"], found[running.pid]["wait"]) == (False, "Timeout PgSleep")
    assert done.pid not in {s["pid"] for s in document(at)["sessions"]}
    assert f"active {at.active}" in words.head(at)
    assert document(at)["counts"]["at_least"] is False


async def test_progress_of_a_long_command_is_told(watcher: Watcher, on_stage: Stage):
    actor = on_stage.actor("copies")
    with actor.connection.cursor().copy("COPY locks.account FROM STDIN") as copy:
        copy.write("1000\t1\n")
        # What was written waits in libpq until the server is asked for more.
        on_stage.until("wait_event = 'ClientRead' AND state = 'active'", actor.pid)
        progress = seen(await watcher.look(), actor).progress
    assert progress is not None
    assert progress.what == "COPY FROM"
    assert progress.on == "locks.account"


async def test_who_waits_for_a_safe_snapshot_is_in_the_forest(watcher: Watcher, on_stage: Stage):
    writer, reader = on_stage.actor("writer"), on_stage.actor("reader")
    writer.ask("BEGIN ISOLATION LEVEL SERIALIZABLE", "UPDATE locks.account SET v = 1")
    reader.ask("BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE")
    reader.wait("SELECT 1")
    on_stage.until("wait_event = 'SafeSnapshot'", reader.pid)
    at = await watcher.look()
    (tree,) = [tree for tree in at.trees if tree.pid == writer.pid]
    assert [node.pid for node in tree.children] == [reader.pid]


# -- what a role may see -------------------------------------------------------------------------


_OTHERS = "SELECT count(*) FROM pg_stat_activity WHERE datname IS NOT NULL"


async def test_a_role_without_rights_sees_the_forest_and_is_told_what_it_misses(
    postgres_server: Server, on_stage: Stage
):
    a, b = on_stage.actor("a"), on_stage.actor("b")
    a.ask("BEGIN", "UPDATE locks.account SET v = 1 WHERE id = 1")
    b.wait("UPDATE locks.account SET v = 2 WHERE id = 1")
    on_stage.blocked(b)
    (name,) = run_sql(on_stage.url, "SELECT current_database()")[0]
    run_sql(
        on_stage.url, "DROP ROLE IF EXISTS watcher_without", "CREATE ROLE watcher_without LOGIN"
    )
    url = postgres_server.url(str(name), "watcher_without")
    try:
        at = await look(url)
        found = document(at)
        (tree,) = [tree for tree in found["trees"] if tree["pid"] == a.pid]
        assert (tree["query"], tree["hidden"], tree["state"]) == (None, True, None)
        (waiting,) = tree["waiting"]
        assert (waiting["pid"], waiting["on"]) == (b.pid, "locks.account")
        assert found["server"]["sees_all"] is False
        # Who waits is active, hidden or not; of the rest nobody knows.
        said = words.head(at)
        assert f"active ≥{at.active}" in said
        assert at.active >= at.waiting >= 1
        assert f"idle in tx ≥{at.idle}" in said
        assert found["counts"]["at_least"] is True
        # The server's own processes are not sessions somebody hides.
        (sessions,) = run_sql(on_stage.url, _OTHERS)[0]
        assert 2 <= found["server"]["hidden"] <= int(str(sessions))
        database = await Session.open(parse(url))
        async with watching(database) as watcher:
            with pytest.raises(Refused, match="cannot be told"):
                await watcher.terminate(seen(at, a))
        await database.close()
    finally:
        run_sql(on_stage.url, "DROP ROLE watcher_without")


# -- stopping one --------------------------------------------------------------------------------


async def test_cancel_ends_the_statement_that_was_seen(watcher: Watcher, on_stage: Stage):
    actor = on_stage.actor("runs")
    actor.ask("BEGIN").wait("SELECT pg_sleep(600)")
    on_stage.working(actor)
    assert await watcher.cancel(seen(await watcher.look(), actor))
    on_stage.until("state = 'idle in transaction (aborted)'", actor.pid)


async def test_cancel_does_not_hit_the_next_statement(watcher: Watcher, on_stage: Stage):
    actor = on_stage.actor("runs on")
    actor.ask("SELECT 'first'")
    before = seen(await watcher.look(), actor)
    actor.wait("SELECT pg_sleep(600)")
    on_stage.working(actor)
    assert not await watcher.cancel(before)
    assert seen(await watcher.look(), actor).is_active


async def test_terminate_ends_the_session_and_says_when_it_is_gone(
    watcher: Watcher, on_stage: Stage
):
    a, b = on_stage.actor("a"), on_stage.actor("b")
    a.ask("BEGIN", "UPDATE locks.account SET v = 1 WHERE id = 1")
    b.ask("BEGIN").wait("UPDATE locks.account SET v = 2 WHERE id = 1")
    on_stage.blocked(b)
    culprit = seen(await watcher.look(), a)
    assert await watcher.terminate(culprit)
    on_stage.until("state = 'idle in transaction'", b.pid)
    assert not await watcher.terminate(culprit)


async def test_a_superuser_is_ended_by_superusers_only(postgres_server: Server, on_stage: Stage):
    actor = on_stage.actor("mighty")
    actor.wait("SELECT pg_sleep(600)")
    on_stage.working(actor)
    (name,) = run_sql(on_stage.url, "SELECT current_database()")[0]
    run_sql(
        on_stage.url,
        "DROP ROLE IF EXISTS signals",
        "CREATE ROLE signals LOGIN IN ROLE pg_signal_backend, pg_read_all_stats",
    )
    database = await Session.open(parse(postgres_server.url(str(name), "signals")))
    try:
        async with watching(database) as watcher:
            session = seen(await watcher.look(), actor)
            assert session.is_superuser
            with pytest.raises(StatementFailed, match="42501"):
                await watcher.cancel(session)
    finally:
        await database.close()
        run_sql(on_stage.url, "DROP ROLE signals")


async def test_the_statements_for_a_prepared_transaction_are_quoted(watcher: Watcher):
    assert watcher.prepared_ends("it's") == (
        "COMMIT PREPARED 'it''s';",
        "ROLLBACK PREPARED 'it''s';",
    )
    assert watcher.prepared_ends("a\\b")[1] == "ROLLBACK PREPARED E'a\\\\b';"
