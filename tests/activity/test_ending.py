"""What is said of stopping somebody is what the server then does."""

import pytest

from studio.activity.ending import cancel_question, cannot_cancel, terminate_question, wants_the_pid
from studio.activity.words import session_remarks
from tests.activity.conftest import look
from tests.activity.situations import Stage
from tests.postgres import run_sql

SLEEP = "SELECT pg_sleep(600)"
UPDATE = "UPDATE locks.account SET v = 5 WHERE id = 1"
LOST = "whatever its transaction has written is lost"
SAVEPOINT = "unless it goes back to a savepoint"
NOTHING = "has written nothing"
FAILED = "idle in transaction (aborted)"


def value(on: Stage, number: int) -> object:
    return run_sql(on.url, f"SELECT v FROM locks.account WHERE id = {number}")[0][0]


async def question_for(on: Stage, actor) -> str:
    at = await look(on.url)
    return cancel_question(next(s for s in at.moment.sessions if s.pid == actor.pid))


async def test_a_transaction_that_has_written_loses_all_of_it(on_stage: Stage):
    actor = on_stage.actor("writes").ask("BEGIN", UPDATE).wait(SLEEP)
    on_stage.working(actor)
    said = await question_for(on_stage, actor)
    assert LOST in said
    assert SAVEPOINT in said
    assert "its transaction stay" not in said
    actor.connection.cancel()
    on_stage.until(f"state = '{FAILED}'", actor.pid)
    # Its locks are free, and its change is not there.
    run_sql(on_stage.url, "SET lock_timeout = '10s'", "UPDATE locks.account SET v = v WHERE id = 1")
    assert value(on_stage, 1) == 0


async def test_a_savepoint_keeps_what_was_written_before_it(on_stage: Stage):
    actor = on_stage.actor("saves").ask("BEGIN", UPDATE, "SAVEPOINT s").wait(SLEEP)
    on_stage.working(actor)
    assert SAVEPOINT in await question_for(on_stage, actor)
    actor.connection.cancel()
    on_stage.until(f"state = '{FAILED}'", actor.pid)
    actor.ask("ROLLBACK TO SAVEPOINT s", "COMMIT")
    assert value(on_stage, 1) == 5


async def test_a_lock_alone_is_not_said_to_have_written(on_stage: Stage):
    lock = "LOCK TABLE locks.account IN ACCESS EXCLUSIVE MODE"
    actor = on_stage.actor("locks").ask("BEGIN", lock)
    at = await look(on_stage.url)
    session = next(s for s in at.moment.sessions if s.pid == actor.pid)
    assert list(session_remarks(session)) == ["may have written"]
    assert "It may have written: what is not committed is lost." in terminate_question(session, at)
    assert wants_the_pid(session, is_production=False)


async def test_a_transaction_that_has_read_fails_and_loses_nothing(on_stage: Stage):
    actor = on_stage.actor("reads").ask("BEGIN", "SELECT FROM locks.account").wait(SLEEP)
    on_stage.working(actor)
    said = await question_for(on_stage, actor)
    assert NOTHING in said
    assert LOST not in said
    assert "only ROLLBACK" in said
    actor.connection.cancel()
    on_stage.until(f"state = '{FAILED}'", actor.pid)


async def test_a_statement_of_its_own_takes_back_only_itself(on_stage: Stage):
    actor = on_stage.actor("alone").ask(UPDATE)
    actor.wait("WITH c AS (UPDATE locks.account SET v = 7 WHERE id = 2 RETURNING pg_sleep(600)) "
               "SELECT FROM c")  # fmt: skip
    on_stage.until("backend_xid IS NOT NULL AND wait_event = 'PgSleep'", actor.pid)
    said = await question_for(on_stage, actor)
    assert LOST in said
    actor.connection.cancel()
    on_stage.until("state = 'idle'", actor.pid)
    assert (value(on_stage, 1), value(on_stage, 2)) == (5, 0)


@pytest.mark.parametrize("then", [(), ("SELECT 1 / 0",)])
async def test_who_idles_in_a_transaction_cannot_be_cancelled(on_stage: Stage, then):
    actor = on_stage.actor("idles").ask("BEGIN", UPDATE)
    for statement in then:
        with pytest.raises(Exception, match="division"):
            actor.ask(statement)
    on_stage.until("state LIKE 'idle in%'", actor.pid)
    at = await look(on_stage.url)
    session = next(s for s in at.moment.sessions if s.pid == actor.pid)
    assert "runs nothing" in cannot_cancel(session)
    lost = "not committed is lost" in terminate_question(session, at)
    # In a transaction that failed, nothing is left to lose.
    assert lost is not bool(then)


async def test_an_index_that_is_built_beside_writers_is_left_invalid(on_stage: Stage):
    reader = on_stage.actor("reader").ask("BEGIN", UPDATE)
    builder = on_stage.actor("builder").wait("CREATE INDEX CONCURRENTLY half ON locks.account (v)")
    on_stage.blocked(builder)
    assert "invalid index" in await question_for(on_stage, builder)
    builder.connection.cancel()
    on_stage.until("state = 'idle'", builder.pid)
    invalid = "SELECT count(*) FROM pg_index WHERE NOT indisvalid"
    assert run_sql(on_stage.url, invalid) == [(1,)]
    assert reader.pid != builder.pid
