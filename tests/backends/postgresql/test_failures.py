"""SQLSTATE → what went wrong, as one of ours."""

import asyncio

import psycopg
import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from studio.backends.base import Purpose
from studio.backends.postgresql.engine import PostgreSQL
from studio.model.errors import (
    Busy,
    ConnectionLost,
    ConstraintFailed,
    ReadOnly,
    StatementFailed,
    StudioError,
)
from studio.model.page import Filter, Operator, PageRequest
from studio.model.relation import TableRef
from studio.rows.pages import fetch_page
from tests.backends.postgresql.conftest import Opener
from tests.postgres import run_sql

SCHEMA = (
    "CREATE TABLE parent (a integer, b integer, PRIMARY KEY (a, b))",
    """CREATE TABLE child (
        id integer PRIMARY KEY, other integer, e text UNIQUE, n integer NOT NULL DEFAULT 1,
        during int4range, CONSTRAINT positive CHECK (id > 0),
        CONSTRAINT up FOREIGN KEY (id, other) REFERENCES parent (a, b),
        CONSTRAINT alone EXCLUDE USING gist (during WITH &&))""",
    "CREATE UNIQUE INDEX odd ON parent (b, lower(a::text))",
    'CREATE TABLE quoted ("odd, name" integer, "ab""c" integer, UNIQUE ("odd, name", "ab""c"))',
    "INSERT INTO quoted VALUES (1, 1)",
    "INSERT INTO parent VALUES (1, 1)",
    "INSERT INTO child VALUES (1, 1, 'x', 1, '[1,5)')",
)


def refused(connection: Connection, engine: PostgreSQL, statement: str) -> StudioError:
    with pytest.raises(DBAPIError) as raised:
        connection.exec_driver_sql(statement)
    assert raised.value.orig is not None
    return engine.translate(raised.value.orig, statement)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("INSERT INTO child VALUES (1, 1)", ("unique", "child_pkey", ("id",))),
        ("INSERT INTO child VALUES (2, NULL, 'x')", ("unique", "child_e_key", ("e",))),
        ("INSERT INTO child VALUES (2, 9)", ("foreign_key", "up", ("id", "other"))),
        ("DELETE FROM parent", ("foreign_key", "up", ("a", "b"))),
        ("UPDATE child SET n = NULL", ("not_null", None, ("n",))),
        ("INSERT INTO child (id) VALUES (-1)", ("check", "positive", ())),
        (
            "INSERT INTO child VALUES (2, NULL, 'y', 1, '[4,6)')",
            ("exclusion", "alone", ("during",)),
        ),
        ("INSERT INTO parent VALUES (1, 1)", ("unique", "parent_pkey", ("a", "b"))),
        ("INSERT INTO quoted VALUES (1, 1)", ("unique", None, ("odd, name", 'ab"c'))),
    ],
)
def test_constraints(
    postgres: str,
    connection: Connection,
    engine: PostgreSQL,
    statement: str,
    expected: tuple[str, str | None, tuple[str, ...]],
) -> None:
    run_sql(postgres, *SCHEMA)
    kind, constraint, columns = expected
    error = refused(connection, engine, statement)
    assert isinstance(error, ConstraintFailed)
    assert (error.kind, error.columns) == (kind, columns)
    assert constraint is None or error.constraint == constraint
    assert error.table in {"public.child", "public.parent", "public.quoted"}
    assert error.exit_code == 4


@pytest.mark.parametrize(
    ("statement", "position", "code"),
    [
        ("SELEC 1", 0, "42601"),
        ("SELECT 'é🐘', nothing", 13, "42703"),
        ("SELECT 1 FROM nowhere", 14, "42P01"),
        ("SELECT 1/0", None, "22012"),
        ("SELECT 1 +", 10, "42601"),
    ],
)
def test_position_is_in_characters_from_0(
    connection: Connection, engine: PostgreSQL, statement: str, position: int | None, code: str
) -> None:
    error = refused(connection, engine, statement)
    assert isinstance(error, StatementFailed)
    assert (error.position, error.code, error.sql) == (position, code, statement)


def test_hint_and_detail_come_along(connection: Connection, engine: PostgreSQL) -> None:
    error = refused(connection, engine, "SELECT nextva('x')")
    assert isinstance(error, StatementFailed)
    assert "No function matches" in error.hint + error.detail
    assert "(42883)" in str(error)


def test_control_characters_never_arrive(connection: Connection, engine: PostgreSQL) -> None:
    error = refused(connection, engine, "SELECT '\x1b[31m\x07'::integer")
    assert "\x1b" not in str(error)
    assert "\x07" not in str(error)
    assert "[31m" in str(error)


def test_read_only(connection: Connection, engine: PostgreSQL) -> None:
    connection.exec_driver_sql("BEGIN READ ONLY")
    error = refused(connection, engine, "CREATE TABLE t ()")
    assert isinstance(error, ReadOnly)
    assert error.exit_code == 5
    connection.exec_driver_sql("ROLLBACK")


def test_timeouts_and_locks_are_busy(
    postgres: str, connection: Connection, engine: PostgreSQL
) -> None:
    run_sql(postgres, "CREATE TABLE t (a integer)")
    connection.exec_driver_sql("SET statement_timeout TO '20ms'")
    error = refused(connection, engine, "SELECT pg_sleep(5)")
    assert isinstance(error, Busy)
    assert error.code == "57014"
    connection.exec_driver_sql("SET statement_timeout TO 0")
    connection.exec_driver_sql("SET lock_timeout TO '20ms'")
    with psycopg.connect(postgres) as other:
        other.execute("LOCK TABLE t")
        error = refused(connection, engine, "SELECT * FROM t")
        assert isinstance(error, Busy)
        assert error.code == "55P03"
        assert error.hint
        error = refused(connection, engine, "SELECT * FROM t FOR UPDATE NOWAIT")
        assert isinstance(error, Busy)


def test_serialization_is_busy(postgres: str, connection: Connection, engine: PostgreSQL) -> None:
    run_sql(postgres, "CREATE TABLE t (a integer)", "INSERT INTO t VALUES (1)")
    connection.exec_driver_sql("BEGIN ISOLATION LEVEL REPEATABLE READ")
    connection.exec_driver_sql("SELECT * FROM t")
    run_sql(postgres, "UPDATE t SET a = 2")
    error = refused(connection, engine, "UPDATE t SET a = 3")
    assert isinstance(error, Busy)
    assert error.code == "40001"
    connection.exec_driver_sql("ROLLBACK")


async def test_deadlock_is_busy(postgres: str, open_session: Opener) -> None:
    run_sql(postgres, "CREATE TABLE t (a integer PRIMARY KEY)", "INSERT INTO t VALUES (1), (2)")
    sessions = [await open_session(postgres), await open_session(postgres)]
    met = asyncio.Barrier(2)

    async def cross(index: int) -> StudioError | None:
        rows = (1, 2) if index == 0 else (2, 1)
        try:
            async with sessions[index].lane(Purpose.EDIT).transaction() as transaction:
                await transaction.fetch(f"UPDATE t SET a = a WHERE a = {rows[0]}")
                await met.wait()
                await transaction.fetch(f"UPDATE t SET a = a WHERE a = {rows[1]}")
        except StudioError as error:
            return error
        return None

    found = [error for error in await asyncio.gather(cross(0), cross(1)) if error is not None]
    assert [type(error) for error in found] == [Busy]
    assert found[0].exit_code == 4


def test_a_closed_connection_is_lost(postgres: str, engine: PostgreSQL) -> None:
    with psycopg.connect(postgres, autocommit=True) as made:
        (pid,) = made.execute("SELECT pg_backend_pid()").fetchone() or (0,)
        run_sql(postgres, f"SELECT pg_terminate_backend({pid}, 5000)")
        with pytest.raises(psycopg.Error) as raised:
            made.execute("SELECT 1")
        assert isinstance(engine.translate(raised.value), ConnectionLost)
        with pytest.raises(psycopg.Error) as raised:
            made.execute("SELECT 1")
        lost = engine.translate(raised.value)
        assert isinstance(lost, ConnectionLost)
        assert lost.exit_code == 3


def test_ours_pass_and_strangers_get_a_sentence(engine: PostgreSQL) -> None:
    ours = Busy("x")
    assert engine.translate(ours) is ours
    assert str(engine.translate(OSError("disk on fire"))) == "disk on fire"
    assert str(engine.translate(KeyError())) == "KeyError"


async def test_a_wrapper_without_a_handler_hides_its_own_tables_only(
    postgres: str, open_session: Opener
) -> None:
    run_sql(
        postgres,
        "CREATE FOREIGN DATA WRAPPER nowhere",
        "CREATE SERVER far FOREIGN DATA WRAPPER nowhere",
        "CREATE FOREIGN TABLE remote (a integer) SERVER far",
        "CREATE TABLE near (a integer)",
    )
    session = await open_session(postgres)
    lane = session.lane(Purpose.BROWSE)
    tables = await session.table(TableRef("information_schema", "tables"))
    with pytest.raises(StatementFailed, match=r"no handler.*table_name != its_table"):
        await fetch_page(lane, tables, PageRequest(tables.ref))
    others = (Filter("table_name", Operator.NOT_EQUAL, "remote"),)
    page = await fetch_page(lane, tables, PageRequest(tables.ref, filters=others, limit=1000))
    assert "near" in {row[2] for row in page.rows}


@pytest.mark.parametrize("state", ["08001", "08006", "57P01"])
def test_an_error_about_another_connection_is_not_ours_ending(
    connection: Connection, engine: PostgreSQL, state: str
):
    failed = f"DO $$BEGIN RAISE 'elsewhere' USING ERRCODE = '{state}'; END$$"
    told = refused(connection, engine, failed)
    assert isinstance(told, StatementFailed)
    assert told.code == state
    assert connection.exec_driver_sql("SELECT 1").scalar_one() is not None
