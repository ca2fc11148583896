"""A person's own session: what lives on, what a transaction holds, and what a net saves."""

import asyncio
from time import perf_counter

import pytest

from studio.backends.halves.running import TransactionNow
from studio.db.session import Session
from studio.db.url import parse
from studio.model.errors import ConnectFailed, ConnectionLost, Refused
from studio.queries.held import Held
from studio.queries.limits import Limits
from studio.queries.lost import became, lost_at
from studio.queries.outcome import Became
from studio.queries.own_session import OwnSession
from studio.queries.query import query
from studio.sqltext.syntax import POSTGRESQL
from tests.bench.cancels import STATEMENTS
from tests.bench.script_cancels import Noting
from tests.postgres import run_sql


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
        assert own.held.kept == ("1 temporary table",)
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


async def test_what_acts_on_the_session_alone_changes_and_locks_nothing(target):
    session = await Session.open(parse(target))
    own = OwnSession(session, Noting())
    is_file = session.backend.name == "sqlite"
    try:
        await own.run("begin")
        for text in (
            ("attach ':memory:' as m", "detach m", "pragma cache_size = 100")
            if is_file
            else ("set local work_mem = '1MB'", "declare c cursor for select 1", "fetch c")
        ):
            await own.run(text)
        assert own.held.is_open
        assert (own.held.changes.statements, own.held.locks) == (0, False)
        await own.roll_back()
    finally:
        await own.close()
        await session.close()


async def test_a_change_begins_a_transaction_and_a_read_does_not(target):
    session = await Session.open(parse(target))
    own = OwnSession(session, Noting())
    try:
        await own.run("create table t (a integer)")
        own.is_manual = True
        await own.run("select count(*) from t")
        assert not own.held.is_open
        await own.run("insert into t values (1), (2); select 1")
        await own.run("savepoint a; delete from t; rollback to a")
        held = own.held
        assert (held.changes.statements, held.changed, held.locks) == (1, 2, True)
        assert [name for name, _ in held.savepoints] == ["a"]
        assert dict(held.changes.by_kind) == {"insert t": 2}
        await own.roll_back()
        assert not own.held.is_anything
    finally:
        await own.close()
        await session.close()


async def test_a_function_that_writes_behind_a_select_is_part_of_the_transaction(postgres):
    session = await Session.open(parse(postgres))
    sink = Noting()
    own = OwnSession(session, sink, Limits(rows=9))
    try:
        await own.run(
            "create table t (a int); create function sly() returns int language sql"
            " as 'insert into t values (1) returning a'"
        )
        own.is_manual = True
        (done,) = await own.run("select sly()")
        assert (done.failure, own.held.transaction.value) == (None, "open")
        await own.roll_back()
        await own.run("select count(*) from t")
        assert rows(sink) == [("0",)]
    finally:
        await own.close()
        await session.close()


KEEPS = {
    "create temp table a (x int); create temp table b (x int)": ("2 temporary tables",),
    "set search_path to public; set work_mem to '5MB'": ("search_path", "work_mem"),
    "prepare p as select 1; listen x": ("1 prepared statement", "1 LISTEN channel"),
    "do $$ begin create temp table c (x int); end $$": ("1 temporary table",),
    "select 1 as x into temp d; discard all": (),
    "begin; set local work_mem to '5MB'; commit": (),
    "set datestyle to 'SQL, DMY'": ("DateStyle",),
}


@pytest.mark.parametrize("text", KEEPS)
async def test_it_says_what_the_server_says_that_it_holds(postgres, text):
    session = await Session.open(parse(postgres))
    own = OwnSession(session, Noting())
    try:
        await own.run(text)
        assert own.held.kept == KEEPS[text]
        await own.rest()
        assert own.is_open is bool(KEEPS[text])
    finally:
        await own.close()
        await session.close()


def end_others(postgres):
    run_sql(
        postgres,
        "SELECT pg_terminate_backend(pid, 20000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )


async def test_a_session_that_was_ended_while_it_held_nothing_is_opened_again(postgres):
    session = await Session.open(parse(postgres))
    own = OwnSession(session, Noting())
    again = []
    session.on_reconnect = lambda: again.append(1)
    try:
        await own.run("select 1")
        end_others(postgres)
        (done,) = await own.run("create table t (a int)")
        assert (done.failure, again) == (None, [1])
    finally:
        await own.close()
        await session.close()


async def test_what_went_with_a_session_is_said_and_nothing_is_run(postgres):
    session = await Session.open(parse(postgres))
    own = OwnSession(session, Noting())
    try:
        await own.run("create temp table s (a int); create table t (a int)")
        own.is_manual = True
        await own.run("insert into t values (1)")
        end_others(postgres)
        with pytest.raises(ConnectionLost, match=r"nothing since .* was kept; .*temporary table"):
            await own.run("insert into t values (2)")
        assert not own.held.is_anything
        await own.run("insert into t values (3)")
        assert own.held.changed == 1
    finally:
        await own.close()
        await session.close()
    assert run_sql(postgres, "SELECT count(*) FROM t") == [(0,)]


async def test_rows_are_counted_without_harm_to_a_transaction(target):
    session = await Session.open(parse(target))
    own = OwnSession(session, Noting())
    try:
        await own.run('create table "T t" (a integer)')
        own.is_manual = True
        await own.run('insert into "T t" values (1), (2)')
        assert await own.rows_of(("T t",), 5.0) == 2
        assert await own.rows_of(("nothing",), 5.0) is None
        await own.run('select * from "T t"')
        assert own.held.transaction.value == "open"
        await own.roll_back()
        assert await own.rows_of(("T t",), 5.0) == 0
    finally:
        await own.close()
        await session.close()


async def test_on_a_file_keys_are_enforced_as_where_studio_writes_itself(tmp_path):
    (tmp_path / "a.db").touch()
    session = await Session.open(parse(str(tmp_path / "a.db")))
    own = OwnSession(session, Noting())
    try:
        text = "create table p (a integer primary key); create table c (a references p)"
        await own.run(text)
        (failed,) = await own.run("insert into c values (1)")
        assert failed.became is Became.ERROR
    finally:
        await own.close()
        await session.close()


def test_what_a_lost_commit_kept_is_not_known():
    begun = Held(TransactionNow.OPEN, began=0.0, kept=("search_path",))
    assert lost_at(query("commit", POSTGRESQL), begun) == (
        "whether COMMIT was kept is not known: look; session state is gone (search_path)"
    )
    assert lost_at(query("insert into t values (1)", POSTGRESQL), begun).startswith("nothing since")
    assert "INSERT was kept is not known" in lost_at(
        query("insert into t values (1)", POSTGRESQL), Held()
    )
    assert lost_at(query("select 1", POSTGRESQL), Held()) == ""


async def test_where_one_connection_is_allowed_a_session_that_holds_nothing_gives_way(
    postgres, postgres_server
):
    run_sql(postgres, "CREATE ROLE one_tab LOGIN CONNECTION LIMIT 1")
    session = await Session.open(parse(postgres.replace("postgres@", "one_tab@")))
    own = OwnSession(session, Noting())
    try:
        await session.identify()
        await own.run("select 1")
        assert own.is_open
        await session.reflect(lambda c: c.exec_driver_sql("SELECT 1").scalar_one())
        assert not own.is_open
        await own.run("set work_mem to '5MB'")
        with pytest.raises(ConnectFailed):
            await session.glance(lambda c: c.exec_driver_sql("SELECT 1").scalar_one())
        assert own.held.kept == ("work_mem",)
    finally:
        await own.close()
        await session.close()
        run_sql(postgres, "DROP ROLE one_tab")


async def test_a_commit_that_was_not_answered_is_asked_about(postgres):
    run_sql(
        postgres,
        "CREATE TABLE t (a int)",
        "CREATE FUNCTION fall() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'",
        "CREATE CONSTRAINT TRIGGER falls AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION fall()",
    )
    session = await Session.open(parse(postgres))
    own = OwnSession(session, Noting())
    try:
        await own.run("begin")
        await own.run("insert into t values (1)")
        transaction = own.held.id
        outcome = await own.commit()
        assert outcome.failure is not None
        assert own.lost == "the line fell at COMMIT, and nothing was kept (asked the server)"
        await own.run("begin; delete from t")
        kept = own.held.id
        assert kept not in {"", transaction}
        await own.commit()
        assert "it was committed" in await became(session, kept)
    finally:
        await own.close()
        await session.close()


async def test_a_lock_is_held_since_the_first_write_and_not_since_a_deferred_begin(tmp_path):
    (tmp_path / "a.db").touch()
    session = await Session.open(parse(str(tmp_path / "a.db")))
    own = OwnSession(session, Noting())
    try:
        await own.run("create table t (a)")
        await own.run("begin")
        await own.run("select * from t")
        began = own.held.began
        assert not own.held.locks
        before = perf_counter()
        await own.run("insert into t values (1)")
        locked = own.held.locked
        assert began < before <= locked
        await own.run("insert into t values (2)")
        assert own.held.locked == locked
        await own.run("rollback; begin immediate")
        assert own.held.locks
    finally:
        await own.close()
        await session.close()


@pytest.mark.parametrize(
    "text",
    [
        "attach '{folder}/new.db' as n",
        'ATTACH DATABASE "{folder}/new.db" AS n',
        "/* a */ ; attach 'file:{folder}/new.db' as n",
        "attach 'file://localhost{folder}/n%65w.db?mode=rwc&cache=private' as n",
        "attach '{folder}/' || 'new.db' as n",
        "attach :name as n",
        "attach ?1 as n",
    ],
)
async def test_attach_makes_no_file(tmp_path, text):
    path = tmp_path / "a.db"
    path.touch()
    new = tmp_path / "new.db"
    session = await Session.open(parse(str(path)))
    own = OwnSession(session, Noting())
    values = {"name": str(new), "1": str(new)}
    try:
        (outcome,) = await own.run(text.format(folder=tmp_path), values)
        assert outcome.failure is not None
        assert isinstance(outcome.failure.error, Refused), outcome.failure.error
        assert "nothing was attached" in str(outcome.failure.error)
        assert {each.name for each in tmp_path.iterdir()} == {"a.db"}
        new.touch()
        (outcome,) = await own.run(text.format(folder=tmp_path), values)
        assert (outcome.failure is None) == ("||" not in text), outcome.failure
    finally:
        await own.close()
        await session.close()


@pytest.mark.parametrize(
    "name", ["':memory:'", "''", "'file::memory:'", "'file:x?mode=memory&cache=private'"]
)
async def test_what_is_in_memory_is_attached(tmp_path, name):
    (tmp_path / "a.db").touch()
    session = await Session.open(parse(str(tmp_path / "a.db")))
    own = OwnSession(session, Noting())
    try:
        done = await own.run(f"attach {name} as n; create table n.t (a); detach n")
        assert [outcome.became for outcome in done] == [Became.DONE] * 3
        await own.run(f"vacuum into '{tmp_path / 'copy.db'}'")
        assert (tmp_path / "copy.db").exists()
    finally:
        await own.close()
        await session.close()
