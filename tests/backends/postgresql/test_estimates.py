"""About how many rows."""

import pytest
from sqlalchemy import Connection, column, select, table

from studio.backends.postgresql.engine import PostgreSQL
from studio.model.catalog import TableRef
from studio.model.page import RowCount
from tests.postgres import run_sql


def estimate(connection: Connection, engine: PostgreSQL, name: str) -> RowCount:
    found = engine.table(connection, TableRef("public", name))
    answer = engine.estimate(connection, found, None)
    assert answer is not None
    return answer


def test_an_empty_table_is_known_to_be_empty(
    postgres: str, connection: Connection, engine: PostgreSQL
) -> None:
    run_sql(postgres, "CREATE TABLE t (a integer)")
    assert estimate(connection, engine, "t") == RowCount(0, exact=True, source="no pages")


def test_a_small_table_is_counted(
    postgres: str, connection: Connection, engine: PostgreSQL
) -> None:
    run_sql(postgres, "CREATE TABLE t (a integer)", "INSERT INTO t SELECT generate_series(1, 777)")
    assert estimate(connection, engine, "t") == RowCount(777, exact=True, source="count")


def test_statistics_are_scaled_to_the_size_now(
    postgres: str, connection: Connection, engine: PostgreSQL
) -> None:
    run_sql(
        postgres,
        "CREATE TABLE t (a integer)",
        "INSERT INTO t SELECT generate_series(1, 50000)",
        "ANALYZE t",
        "INSERT INTO t SELECT generate_series(1, 50000)",
    )
    found = estimate(connection, engine, "t")
    assert not found.exact
    assert found.source == "reltuples"
    assert found.rows == pytest.approx(100_000, rel=0.01)
    ((plan,),) = run_sql(postgres, "EXPLAIN (FORMAT JSON) SELECT * FROM t")
    assert found.rows == plan[0]["Plan"]["Plan Rows"]


def test_without_statistics_the_planner_guesses(
    postgres: str, connection: Connection, engine: PostgreSQL
) -> None:
    run_sql(
        postgres, "CREATE TABLE t (a integer)", "INSERT INTO t SELECT generate_series(1, 50000)"
    )
    found = estimate(connection, engine, "t")
    assert (found.exact, found.source) == (False, "EXPLAIN")
    assert found.rows == pytest.approx(50_000, rel=0.3)


def test_partitions_are_summed(postgres: str, connection: Connection, engine: PostgreSQL) -> None:
    run_sql(
        postgres,
        "CREATE TABLE p (a integer) PARTITION BY RANGE (a)",
        "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (30000)",
        "CREATE TABLE p2 PARTITION OF p DEFAULT PARTITION BY HASH (a)",
        "CREATE TABLE p21 PARTITION OF p2 FOR VALUES WITH (MODULUS 1, REMAINDER 0)",
        "INSERT INTO p SELECT generate_series(1, 60000)",
        "ANALYZE p1, p21",
    )
    for name, rows in (("p", 60_000), ("p1", 29_999), ("p2", 30_001)):
        found = estimate(connection, engine, name)
        assert found.source == "reltuples"
        assert found.rows == pytest.approx(rows, rel=0.01)


def test_views_and_inheritance_ask_the_planner(
    postgres: str, connection: Connection, engine: PostgreSQL
) -> None:
    run_sql(
        postgres,
        "CREATE TABLE t (a integer)",
        "CREATE TABLE more () INHERITS (t)",
        "INSERT INTO more SELECT generate_series(1, 40000)",
        "CREATE VIEW v AS SELECT * FROM t WHERE a > 0",
        "ANALYZE",
    )
    assert estimate(connection, engine, "t").rows == pytest.approx(40_000, rel=0.01)
    assert estimate(connection, engine, "v").rows == pytest.approx(40_000, rel=0.01)


def test_a_selection_asks_the_planner(
    postgres: str, connection: Connection, engine: PostgreSQL
) -> None:
    run_sql(
        postgres,
        "CREATE TABLE t (a integer, b text)",
        "INSERT INTO t SELECT i % 10, 'x%' FROM generate_series(1, 50000) i",
        "ANALYZE t",
    )
    found = engine.table(connection, TableRef("public", "t"))
    source = table("t", column("a"), column("b"))
    few = select(source.c.a).where(
        source.c.a == engine.bind("3", found.column("a")),
        engine.contains(engine.as_text(found.column("b"), source.c.b), "x%"),
    )
    answer = engine.estimate(connection, found, few)
    assert answer is not None
    assert (answer.exact, answer.source) == (False, "EXPLAIN")
    assert answer.rows == pytest.approx(5_000, rel=0.2)


def test_no_permission_is_no_idea(
    postgres: str, connection: Connection, engine: PostgreSQL
) -> None:
    run_sql(postgres, "CREATE TABLE t (a integer)", "INSERT INTO t VALUES (1)")
    run_sql(postgres, "DROP ROLE IF EXISTS stranger", "CREATE ROLE stranger")
    connection.exec_driver_sql("SET ROLE stranger")
    found = engine.table(connection, TableRef("public", "t"))
    assert engine.estimate(connection, found, None) is None
    connection.exec_driver_sql("RESET ROLE")
    run_sql(postgres, "DROP ROLE stranger")
