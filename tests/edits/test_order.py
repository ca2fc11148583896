"""Sets whose changes need each other: each finds what it needs, or is refused in plain words."""

import pytest

from studio.model.apply_report import ApplyOutcome
from studio.model.catalog import TableRef
from studio.model.change import DEFAULT, Change, Delete, Insert, Update
from tests.edits.databases import Database

NODES, A, B = (TableRef(None, name) for name in ("nodes", "a", "b"))


def numbers(database: Database, sql: str) -> list[tuple[int | None, ...]]:
    """Whole numbers, whichever way the engine's driver says them."""
    return [tuple(None if n is None else int(str(n)) for n in row) for row in database.run(sql)]


def tree(database: Database) -> None:
    database.run(
        "CREATE TABLE nodes (id integer PRIMARY KEY, parent integer REFERENCES nodes (id),"
        " name text, note text)",
        "INSERT INTO nodes (id, parent) VALUES (1, NULL), (2, 1)",
    )


async def test_new_rows_of_other_columns_wait_for_their_parents(database: Database) -> None:
    tree(database)
    row = database.row
    report = await database.apply(
        Insert(NODES, row(id=13, parent=12, note="leaf")),
        Insert(NODES, row(id=10, name="root")),
        Insert(NODES, row(id=12, parent=11)),
        Insert(NODES, row(id=11, parent=10, name="n", note="o")),
        Insert(NODES, row(id=14, parent=14)),
        Insert(NODES, row(parent=13, id=15)),
    )
    assert report.outcome is ApplyOutcome.APPLIED, report.errors
    found = numbers(database, "SELECT id, parent FROM nodes WHERE id > 9 ORDER BY id")
    assert found == [(10, None), (11, 10), (12, 11), (13, 12), (14, 14), (15, 13)]


async def test_rows_that_name_their_key_come_before_those_that_get_one(
    sqlite: Database,
) -> None:
    sqlite.run("CREATE TABLE nodes (id integer PRIMARY KEY, name text)")
    row = sqlite.row
    report = await sqlite.apply(
        Insert(NODES, row(name="a")),
        Insert(NODES, row(id=DEFAULT, name="b")),
        Insert(NODES, row(id=1, name="c")),
        Insert(NODES, row(id=2)),
        Insert(NODES, row()),
        Insert(NODES, row(id=3, name="d")),
    )
    assert report.outcome is ApplyOutcome.APPLIED, report.errors
    found = sqlite.run("SELECT name FROM nodes WHERE id < 4 ORDER BY id")
    assert found == [("c",), (None,), ("d",)]
    assert sqlite.run("SELECT count(*) FROM nodes") == [(6,)]


async def test_a_row_moves_to_a_new_parent_before_its_old_one_goes(database: Database) -> None:
    tree(database)
    row = database.row
    report = await database.apply(
        Delete(NODES, row(id=1), row(parent=None)),
        Update(NODES, row(id=2), row(parent=1), row(parent=20, note="moved")),
        Insert(NODES, row(id=20, parent=21)),
        Insert(NODES, row(id=21, name="top")),
    )
    assert report.outcome is ApplyOutcome.APPLIED, report.errors
    found = numbers(database, "SELECT id, parent FROM nodes ORDER BY id")
    assert found == [(2, 20), (20, 21), (21, None)]


async def test_new_rows_that_need_each_other_are_a_circle_or_wait_for_commit(
    database: Database,
) -> None:
    tree(database)
    row = database.row
    report = await database.apply(
        Insert(NODES, row(id=30, parent=31)),
        Insert(NODES, row(id=31, parent=30, name="n")),
    )
    if database.engine == "sqlite":
        assert report.outcome is ApplyOutcome.APPLIED, report.errors
        return
    assert report.outcome is ApplyOutcome.NOTHING
    assert {error.kind for error in report.errors} == {"foreign_key"}
    assert all("circle" in error.message for error in report.errors), report.errors


COMPOSITE = (
    "CREATE TABLE a (x integer, y integer, b_id integer{}, PRIMARY KEY (x, y))",
    "CREATE TABLE b (id integer PRIMARY KEY, ax integer, ay integer, n integer UNIQUE,"
    " FOREIGN KEY (ax, ay) REFERENCES a (x, y){})",
)


async def test_composite_references_find_their_parents(database: Database) -> None:
    database.run(*(sql.format("") for sql in COMPOSITE))
    row = database.row
    report = await database.apply(
        Insert(B, row(id=1, ax=1, ay=2)),
        Insert(A, row(x=1, y=2)),
        Insert(B, row(id=2, ax=None, ay=7)),
        Insert(A, row(y=3, x=2)),
        Insert(B, row(id=3, ay=3, ax=2, n=1)),
    )
    assert report.outcome is ApplyOutcome.APPLIED, report.errors
    report = await database.apply(
        Delete(A, row(x=1, y=2)),
        Delete(B, row(id=1)),
        Update(B, row(id=3), row(ax=2, ay=3), row(ax=5, ay=5)),
        Update(A, row(x=2, y=3), {}, row(x=5, y=5)),
    )
    # One must go before the other, and the other before the one: told, and nothing is changed.
    if report.outcome is not ApplyOutcome.APPLIED:
        assert all("circle" in error.message for error in report.errors), report.errors
        assert numbers(database, "SELECT count(*) FROM b") == [(3,)]
    else:
        assert numbers(database, "SELECT x, y FROM a") == [(5, 5)]


@pytest.mark.parametrize("deferrable", [True, False])
async def test_tables_that_refer_to_each_other(database: Database, deferrable: bool) -> None:
    late = " DEFERRABLE INITIALLY IMMEDIATE" if deferrable else ""
    database.run(
        "CREATE TABLE b (id integer PRIMARY KEY, a_id integer)",
        f"CREATE TABLE a (id integer PRIMARY KEY, b_id integer REFERENCES b (id){late})",
        *(
            (f"ALTER TABLE b ADD FOREIGN KEY (a_id) REFERENCES a (id){late}",)
            if database.engine == "postgresql"
            else ("DROP TABLE b",
                  "CREATE TABLE b (id integer PRIMARY KEY, a_id integer"
                  f" REFERENCES a (id){late})")
        ),
    )  # fmt: skip
    row = database.row
    report = await database.apply(
        Insert(A, row(id=1, b_id=1)), Insert(B, row(id=1, a_id=1)), Insert(B, row(id=2))
    )
    if database.engine == "sqlite" or deferrable:
        assert report.outcome is ApplyOutcome.APPLIED, report.errors
        report = await database.apply(
            Delete(B, row(id=1), row(a_id=1)), Delete(A, row(id=1), row(b_id=1))
        )
        assert report.outcome is ApplyOutcome.APPLIED, report.errors
        assert numbers(database, "SELECT count(*) FROM a") == [(0,)]
    else:
        assert report.outcome is ApplyOutcome.NOTHING
        assert all("circle" in error.message for error in report.errors), report.errors
        assert numbers(database, "SELECT count(*) FROM b") == [(0,)]


async def test_a_chain_of_unique_values_moves_up_from_its_end(database: Database) -> None:
    database.run(
        "CREATE TABLE a (id integer PRIMARY KEY, n integer UNIQUE)",
        "INSERT INTO a VALUES (1, 1), (2, 2), (3, 3)",
    )
    row = database.row
    changes: list[Change] = [Update(A, row(id=i), row(n=i), row(n=i + 1)) for i in (1, 2, 3)]
    report = await database.apply(*changes, Insert(A, row(id=4, n=1)))
    assert report.outcome is ApplyOutcome.APPLIED, report.errors
    assert numbers(database, "SELECT id, n FROM a ORDER BY id") == [(1, 2), (2, 3), (3, 4), (4, 1)]
    report = await database.apply(*(Update(A, row(id=i), {}, row(id=i + 1)) for i in (4, 1, 3, 2)))
    assert report.outcome is ApplyOutcome.APPLIED, report.errors


async def test_swapped_unique_values_are_refused_in_words(database: Database) -> None:
    database.run(
        "CREATE TABLE a (id integer PRIMARY KEY, n text UNIQUE)",
        "INSERT INTO a VALUES (1, 'a'), (2, 'b'), (3, 'c')",
    )
    row = database.row
    report = await database.apply(
        Update(A, row(id=1), row(n="a"), row(n="b")),
        Update(A, row(id=2), row(n="b"), row(n="a")),
        Update(A, row(id=3), row(n="c"), row(n="d")),
    )
    assert report.outcome is ApplyOutcome.NOTHING
    assert [error.change for error in report.errors] in ([0], [1], [0, 1])
    for error in report.errors:
        assert error.kind == "unique"
        assert error.columns == ("n",)
        assert "circle" in error.message, error.message
    assert database.run("SELECT n FROM a ORDER BY id") == [("a",), ("b",), ("c",)]


async def test_swapped_unique_values_wait_for_commit_where_the_rule_may(postgresql) -> None:
    postgresql.run(
        "CREATE TABLE a (id integer PRIMARY KEY, n text UNIQUE DEFERRABLE)",
        "INSERT INTO a VALUES (1, 'a'), (2, 'b')",
    )
    row = postgresql.row
    report = await postgresql.apply(
        Update(A, row(id=1), row(n="a"), row(n="b")),
        Update(A, row(id=2), row(n="b"), row(n="a")),
    )
    assert report.outcome is ApplyOutcome.APPLIED, report.errors
    assert postgresql.run("SELECT n FROM a ORDER BY id") == [("b",), ("a",)]


async def test_a_parent_gets_another_key_and_its_children_follow(database: Database) -> None:
    database.run(
        "CREATE TABLE a (id integer PRIMARY KEY)",
        "CREATE TABLE b (id integer PRIMARY KEY,"
        " a_id integer REFERENCES a (id) ON UPDATE CASCADE, n integer)",
        "INSERT INTO a VALUES (1)",
        "INSERT INTO b VALUES (1, 1, 0), (2, 1, 0)",
    )
    row = database.row
    report = await database.apply(
        Update(A, row(id=1), {}, row(id=5)),
        Update(B, row(id=1), row(a_id=1, n=0), row(n=1)),
    )
    assert report.outcome is ApplyOutcome.APPLIED, (report.errors, report.conflicts)
    assert numbers(database, "SELECT a_id, n FROM b ORDER BY id") == [(5, 1), (5, 0)]
