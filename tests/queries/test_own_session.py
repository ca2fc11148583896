"""A person's own session: what lives on, what a transaction holds, and what a net saves."""

import asyncio

import pytest

from studio.db.session import Session
from studio.db.url import parse
from studio.queries.limits import Limits
from studio.queries.outcome import Became
from studio.queries.own_session import OwnSession
from tests.bench.cancels import STATEMENTS
from tests.bench.script_cancels import Noting


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request, tmp_path):
    if request.param == "postgresql":
        return request.getfixturevalue("postgres")
    path = tmp_path / "a.db"
    path.touch()
    return str(path)


def rows(sink):
    return [tuple(map(str, row)) for row in sink.rows]


async def test_a_transaction_is_held_until_it_is_ended(target):
    session = await Session.open(parse(target))
    sink, other_sink = Noting(), Noting()
    own, other = OwnSession(session, sink, Limits(rows=9)), OwnSession(session, other_sink)
    try:
        assert not own.is_open
        await own.run("create table t (a integer primary key); create temp table s (a integer)")
        assert own.held.kept == ("temporary tables",)
        own.is_manual = True
        await own.run("insert into t values (1); insert into t values (2)")
        began = own.held.began
        assert (own.held.transaction.value, own.held.changed) == ("open", 2)
        # A mistake leaves the transaction as it was; so does a stop.
        (failed,) = await own.run("insert into t values (1)")
        assert failed.became is Became.ERROR
        assert failed.transaction is own.held.transaction
        running = asyncio.ensure_future(own.run(STATEMENTS[session.backend.name][0]))
        await asyncio.sleep(0.05)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert (own.held.transaction.value, own.held.changed) == ("open", 2)
        assert own.held.began == began
        await own.run("savepoint mine; delete from t; rollback to mine")
        await own.run("select count(*) from t")
        assert rows(sink) == [("2",)]
        await own.commit()
        assert (own.held.transaction.value, own.held.changed) == ("none", 0)
        await other.run("select count(*) from t")
        assert rows(other_sink) == [("2",)]
        await own.run("delete from t")
        await own.roll_back()
        own.is_manual = False
        await own.run("select count(*) from t; insert into s values (1)")
        assert rows(sink) == [("2",)]
        assert own.held.is_anything
    finally:
        await own.close()
        await other.close()
        await session.close()


async def test_without_a_net_a_failed_transaction_says_what_made_it_fail(postgres):
    session = await Session.open(parse(postgres))
    own = OwnSession(session, Noting())
    try:
        await own.run("begin; select 1/0; select 1", goes_on=True)
        assert own.held.transaction.value == "failed"
        assert own.held.failed_by.step.text == "select 1/0"
        assert (await own.commit()).command == "ROLLBACK"
        assert not own.held.is_anything
    finally:
        await own.close()
        await session.close()
