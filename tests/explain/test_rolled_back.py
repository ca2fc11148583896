"""A transaction somebody has open stays as it was found, whatever is explained inside it."""

import asyncio

import pytest

from studio.backends.base import Purpose
from studio.db.session import Session
from studio.db.url import parse
from studio.explain.prove import prove
from studio.explain.run import Request, explain
from studio.model.errors import Refused, StudioError
from studio.model.finding import IndexHint
from tests.postgres import run_sql

TABLE = (
    "CREATE TABLE t (id int PRIMARY KEY, v int)",
    "INSERT INTO t SELECT i, i FROM generate_series(1, 30000) i",
    "ANALYZE t",
)
HINT = IndexHint("public.t", ("v",), "CREATE INDEX CONCURRENTLY ON public.t (v);")
SLOW = "SELECT count(*) FROM t a, t b WHERE a.v + b.v = -1"


@pytest.fixture
async def session(postgres):
    run_sql(postgres, *TABLE)
    opened = await Session.open(parse(postgres))
    yield opened
    await opened.close()


@pytest.fixture
async def lane(session):
    """The query lane, in a transaction that has changed one row and set one setting."""
    lane = session.lane(Purpose.QUERY)
    for statement in ("BEGIN", "UPDATE t SET v = -7 WHERE id = 1", "SET LOCAL work_mem = '77MB'"):
        await lane.fetch(statement)
    return lane


async def is_untouched(lane, url):
    """Whether the transaction is there, can write and commit, and holds what it held."""
    assert (await lane.fetch("SELECT v FROM t WHERE id = 1")).rows == (("-7",),)
    assert (await lane.fetch("SELECT count(*) FROM t")).rows == (("30000",),)
    assert (await lane.fetch("SHOW work_mem")).rows == (("77MB",),)
    assert (await lane.fetch("SHOW statement_timeout")).rows == (("0",),)
    assert (await lane.fetch("SHOW transaction_read_only")).rows == (("off",),)
    assert run_sql(url, "SELECT v FROM t WHERE id = 1") == [(1,)]
    await lane.fetch("UPDATE t SET v = -8 WHERE id = 2")
    await lane.fetch("COMMIT")
    found = run_sql(url, "SELECT v FROM t WHERE id < 3 ORDER BY id")
    return found == [(-7,), (-8,)] and not run_sql(url, "SELECT 1 FROM pg_prepared_statements")


async def test_a_plan_sees_the_transaction_and_leaves_it_open(session, lane, postgres):
    run = await explain(session, Request("SELECT * FROM t WHERE v = -7"))
    assert not run.shown.analysis.plan.analyzed
    assert await is_untouched(lane, postgres)


async def test_a_measured_read_counts_what_the_transaction_changed(session, lane, postgres):
    run = await explain(session, Request("SELECT * FROM t WHERE v = -7", analyze=True))
    assert run.shown.analysis.plan.root.actual.rows == 1
    assert await is_untouched(lane, postgres)


async def test_a_measured_write_is_undone_alone(session, lane, postgres):
    await explain(session, Request("DELETE FROM t", analyze=True, consent=True))
    assert await is_untouched(lane, postgres)


async def test_a_run_that_fails_leaves_the_transaction_usable(session, lane, postgres):
    with pytest.raises(StudioError):
        await explain(session, Request("SELECT 1 / (id - id) FROM t", analyze=True))
    assert (await explain(session, Request(SLOW, analyze=True, timeout_s=0.05))).stopped
    assert await is_untouched(lane, postgres)


async def test_a_run_that_is_stopped_leaves_the_transaction_usable(session, lane, postgres):
    running = asyncio.create_task(explain(session, Request(SLOW, analyze=True)))
    while lane.running_since is None or not run_sql(
        postgres,
        "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%ANALYZE%b.v%' "
        "AND pid <> pg_backend_pid()",
    ):
        await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await is_untouched(lane, postgres)


async def test_parameters_leave_nothing_prepared(session, lane, postgres):
    request = Request("SELECT 10 / $1::int FROM t", analyze=True, values=("0",))
    for _ in range(2):
        with pytest.raises(StudioError, match="zero"):
            await explain(session, request)
    asked = Request("SELECT * FROM t WHERE v = $1", analyze=True, values=("5",))
    assert (await explain(session, asked)).shown.analysis.plan.analyzed
    assert await is_untouched(lane, postgres)


async def test_an_index_is_tried_and_gone(session, lane, postgres):
    proof = await prove(session, "SELECT * FROM t WHERE v = 5", [HINT])
    assert proof.used
    assert proof.before.analysis.plan.root.kind == "Seq Scan"
    assert await is_untouched(lane, postgres)
    assert run_sql(postgres, "SELECT count(*) FROM pg_indexes WHERE tablename = 't'") == [(1,)]


async def test_a_transaction_that_has_failed_is_not_touched(session, lane):
    with pytest.raises(StudioError):
        await lane.fetch("SELECT nothing")
    with pytest.raises(Refused, match="ROLLBACK first"):
        await explain(session, Request("SELECT * FROM t"))
    await lane.fetch("ROLLBACK")
    assert (await explain(session, Request("SELECT * FROM t"))).shown.analysis.accounts


async def test_a_function_that_writes_is_not_run_to_try_an_index(session, postgres):
    run_sql(
        postgres,
        "CREATE FUNCTION sneaky(int) RETURNS int LANGUAGE plpgsql AS "
        "$$BEGIN DELETE FROM t; RETURN 1; END$$",
    )
    with pytest.raises(StudioError, match="read-only"):
        await prove(session, "SELECT sneaky(v) FROM t WHERE v = 5", [HINT])
    assert run_sql(postgres, "SELECT count(*) FROM t") == [(30_000,)]
