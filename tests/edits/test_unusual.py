"""Tables and moments off the beaten track: views, no key, exclusion, deadlock, circles, effects."""

import asyncio
import threading
from collections.abc import Callable
from time import monotonic

import psycopg
import pytest

from studio.db.session import Session
from studio.db.url import parse
from studio.edits.applying.effects import Effects, effects
from studio.model.apply_report import ApplyOutcome
from studio.model.catalog import TableRef
from studio.model.change import Change, Delete, Insert, Update
from tests.edits.databases import Database, PostgresDatabase, SQLiteDatabase

T = TableRef(None, "t")


async def looked_ahead(database: Database, *changes: Change) -> Effects:
    session = await Session.open(parse(database.target))
    try:
        return await effects(session, changes)
    finally:
        await session.close()


# -- what a set sets in motion ---------------------------------------------------------------------


async def test_effects_say_what_a_delete_takes_along_and_what_stops_it(database: Database) -> None:
    database.run(
        "CREATE TABLE t (id integer PRIMARY KEY)",
        "CREATE TABLE gone (id integer PRIMARY KEY, t integer REFERENCES t ON DELETE CASCADE)",
        "CREATE TABLE leaf (id integer PRIMARY KEY, g integer REFERENCES gone ON DELETE CASCADE)",
        "CREATE TABLE cut (id integer PRIMARY KEY, t integer REFERENCES t ON DELETE SET NULL)",
        "CREATE TABLE pin (id integer PRIMARY KEY, t integer REFERENCES t)",
        "INSERT INTO t VALUES (1), (2), (3)",
        "INSERT INTO gone VALUES (1, 1), (2, 1), (3, 2)",
        "INSERT INTO leaf VALUES (1, 1), (2, 2), (3, 3)",
        "INSERT INTO cut VALUES (1, 1)",
        "INSERT INTO pin VALUES (1, 3)",
    )
    found = await looked_ahead(database, Delete(T, database.row(id=1)))
    assert {(f.source.name, f.table.name, f.action, f.rows, f.blocks) for f in found.followed} == {
        ("t", "gone", "CASCADE", 2, False),
        ("gone", "leaf", "CASCADE", 2, False),
        ("t", "cut", "SET NULL", 1, False),
    }
    blocked = await looked_ahead(database, Delete(T, database.row(id=3)))
    assert [(f.table.name, f.rows, f.blocks) for f in blocked.followed] == [("pin", 1, True)]
    tried = await database.apply(Delete(T, database.row(id=1)), trial=True)
    followed = {f.table.name: f.rows for f in found.followed}
    assert {ref.name: n for ref, n in tried.rows.items()} == {"t": 1, **followed}


async def test_effects_count_the_rows_that_fire_triggers(database: Database) -> None:
    database.run("CREATE TABLE t (id integer PRIMARY KEY, n integer)", "INSERT INTO t VALUES (1,1)")
    if database.engine == "sqlite":
        database.run("CREATE TRIGGER seen AFTER UPDATE ON t BEGIN SELECT 1; END")
    else:
        database.run(
            "CREATE FUNCTION seen() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
            "CREATE TRIGGER seen AFTER UPDATE ON t FOR EACH ROW EXECUTE FUNCTION seen()",
        )
    row = database.row
    found = await looked_ahead(database, Update(T, row(id=1), {}, row(n=2)), Insert(T, row(id=2)))
    assert [(f.event, f.triggers, f.rows) for f in found.fired] == [("UPDATE", ("seen",), 1)]


# -- views -----------------------------------------------------------------------------------------


@pytest.fixture
def view(database: Database) -> TableRef:
    """A view whose rows can be changed, through triggers of its own."""
    database.run(
        "CREATE TABLE t (id integer PRIMARY KEY, n integer)",
        "INSERT INTO t VALUES (1, 10), (2, 20), (3, 20)",
        "CREATE VIEW v AS SELECT id, n FROM t",
    )
    bodies = {
        "INSERT": "INSERT INTO t VALUES (NEW.id, NEW.n);",
        "UPDATE": "UPDATE t SET n = NEW.n WHERE id = OLD.id;",
        "DELETE": "DELETE FROM t WHERE id = OLD.id;",
    }
    for event, body in bodies.items():
        if database.engine == "sqlite":
            database.run(f"CREATE TRIGGER v_{event} INSTEAD OF {event} ON v BEGIN {body} END")
        else:
            answer = "OLD" if event == "DELETE" else "NEW"
            database.run(
                f"CREATE FUNCTION v_{event}() RETURNS trigger LANGUAGE plpgsql AS"
                f" 'BEGIN {body} RETURN {answer}; END'",
                f"CREATE TRIGGER v_{event} INSTEAD OF {event} ON v"
                f" FOR EACH ROW EXECUTE FUNCTION v_{event}()",
            )
    return TableRef(None, "v")


async def test_rows_of_a_view_change_through_its_triggers(
    database: Database, view: TableRef
) -> None:
    row = database.row
    report = await database.apply(
        Update(view, row(id=1, n=10), row(n=10), row(n=11)),
        Delete(view, row(id=2, n=20), row(n=20)),
        Insert(view, row(id=4, n=40)),
    )
    assert report.outcome is ApplyOutcome.APPLIED, (report.errors, report.conflicts)
    wanted = [tuple(row(id=i, n=n).values()) for i, n in ((1, 11), (3, 20), (4, 40))]
    assert database.run("SELECT * FROM t ORDER BY id") == wanted


async def test_a_view_takes_only_the_changes_it_has_triggers_for(sqlite: SQLiteDatabase) -> None:
    sqlite.run(
        "CREATE TABLE t (id integer PRIMARY KEY, n integer)",
        "INSERT INTO t VALUES (1, 1)",
        "CREATE VIEW v AS SELECT id, n FROM t",
        "CREATE TRIGGER u INSTEAD OF UPDATE ON v"
        " BEGIN UPDATE t SET n = NEW.n WHERE id = OLD.id; END",
    )
    view = TableRef(None, "v")
    for change, event in ((Insert(view, {"n": 1}), "INSERT"), (Delete(view, {"id": 1}), "DELETE")):
        report = await sqlite.apply(change)
        assert report.refused
        assert [error.message for error in report.errors] == [
            f"v is a view without an INSTEAD OF {event} trigger"
        ]
    assert (await sqlite.apply(Update(view, {"id": 1}, {"n": 1}, {"n": 2}))).outcome is (
        ApplyOutcome.APPLIED
    )


async def test_two_rows_of_a_view_that_look_alike_are_not_both_changed(
    database: Database, view: TableRef
) -> None:
    row = database.row
    before = database.run("SELECT * FROM t ORDER BY id")
    report = await database.apply(
        Update(view, row(id=1, n=10), {}, row(n=11)), Update(view, row(n=20), {}, row(n=21))
    )
    assert report.outcome is ApplyOutcome.NOTHING
    assert [conflict.matches for conflict in report.conflicts] == [2]
    moved = await database.apply(Update(view, row(id=1, n=99), {}, row(n=11)))
    assert [conflict.index for conflict in moved.conflicts] == [0]
    assert database.run("SELECT * FROM t ORDER BY id") == before


# -- no key ----------------------------------------------------------------------------------------


async def test_a_table_without_a_key_is_changed_by_ctid_and_every_old_value(
    postgresql: PostgresDatabase,
) -> None:
    postgresql.run("CREATE TABLE t (a text, n integer)", "INSERT INTO t VALUES ('x',1),('x',1)")
    (first, *_), _ = postgresql.run("SELECT ctid::text FROM t ORDER BY ctid")
    seen = {"a": "x", "n": "1"}
    change = Update(T, {"ctid": str(first)}, seen, {"n": "2"})
    partly = await postgresql.apply(Update(T, {"ctid": str(first)}, {"a": "x"}, {"n": "2"}))
    assert [(e.kind, "n" in e.message) for e in partly.errors] == [("no_identity", True)]
    report = await postgresql.apply(change)
    assert report.outcome is ApplyOutcome.APPLIED
    assert postgresql.run("SELECT n FROM t ORDER BY n") == [("1",), ("2",)]
    again = await postgresql.apply(change)
    assert again.outcome is ApplyOutcome.NOTHING
    assert len(again.conflicts) == 1
    back = await postgresql.undo(report.journal_id)
    assert back.outcome is ApplyOutcome.APPLIED, (back.errors, back.conflicts)
    assert postgresql.run("SELECT n FROM t") == [("1",), ("1",)]


# -- constraints -----------------------------------------------------------------------------------


async def test_an_exclusion_is_told_with_its_rule(postgresql: PostgresDatabase) -> None:
    postgresql.run(
        "CREATE TABLE t (id integer PRIMARY KEY, during int4range,"
        " CONSTRAINT apart EXCLUDE USING gist (during WITH &&))",
        "INSERT INTO t VALUES (1, '[1,5)')",
    )
    report = await postgresql.apply(Insert(T, {"id": "2", "during": "[4,9)"}))
    assert report.outcome is ApplyOutcome.NOTHING
    ((error),) = report.errors
    assert (error.change, error.kind) == (0, "exclusion")
    assert "apart" in error.message
    assert "during" in error.message


async def test_values_exchanged_in_a_circle_are_told_in_words(database: Database) -> None:
    row = database.row
    database.run(
        "CREATE TABLE t (id integer PRIMARY KEY, u text UNIQUE)",
        "INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'taken')",
    )
    circle = (
        Update(T, row(id=1), row(u="a"), row(u="b")),
        Update(T, row(id=2), row(u="b"), row(u="c")),
        Update(T, row(id=3), row(u="c"), row(u="a")),
    )
    report = await database.apply(*circle)
    assert report.outcome is ApplyOutcome.NOTHING
    assert [error.change for error in report.errors] == [0, 1, 2]
    for error, giver in zip(report.errors, (2, 3, 1), strict=True):
        assert f"change {giver} lets it go" in error.message
        assert "circle" in error.message
    plainly = await database.apply(Update(T, row(id=1), row(u="a"), row(u="taken")))
    assert ["circle" in error.message for error in plainly.errors] == [False]


async def test_a_deferrable_key_lets_a_circle_pass(postgresql: PostgresDatabase) -> None:
    postgresql.run(
        "CREATE TABLE t (id integer PRIMARY KEY, u text UNIQUE DEFERRABLE)",
        "INSERT INTO t VALUES (1, 'a'), (2, 'b')",
    )
    report = await postgresql.apply(
        Update(T, {"id": "1"}, {"u": "a"}, {"u": "b"}),
        Update(T, {"id": "2"}, {"u": "b"}, {"u": "a"}),
    )
    assert report.outcome is ApplyOutcome.APPLIED, report.errors
    assert postgresql.run("SELECT u FROM t ORDER BY id") == [("b",), ("a",)]


# -- other writers at the worst moment -------------------------------------------------------------


def waiting(target: str) -> int:
    """Connections that wait for a lock."""
    with psycopg.connect(target) as looking:
        row = looking.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND datname = current_database()"
        ).fetchone()
    return int(row[0]) if row else 0


def until(condition: Callable[[], bool]) -> None:
    """Ask again and again; a test that waits in vain says so."""
    deadline = monotonic() + 20
    while not condition():
        assert monotonic() < deadline, "waited in vain"


SET = (
    Update(T, {"id": "1"}, {"n": "0"}, {"n": "1"}),
    Update(T, {"id": "2"}, {"n": "0"}, {"n": "1"}),
)


def with_two_rows(database: Database, setting: str) -> PostgresDatabase:
    """Two rows, and somebody else with an open transaction on the second."""
    database.run(
        "CREATE TABLE t (id integer PRIMARY KEY, n integer, theirs integer DEFAULT 0)",
        "INSERT INTO t VALUES (1, 0), (2, 0)",
        f"DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET {setting}', current_database());"
        " END $$",
    )
    other = PostgresDatabase(database.target)
    other.run("BEGIN", "UPDATE t SET theirs = 1 WHERE id = 2")
    return other


async def test_a_deadlock_that_moved_nothing_is_tried_once_more(
    postgresql: PostgresDatabase,
) -> None:
    other = with_two_rows(postgresql, "deadlock_timeout = ''1500ms''")
    # Who looks for a deadlock last loses: never they, however late they come to wait.
    other.run("SET deadlock_timeout = '60s'")
    applying = asyncio.ensure_future(postgresql.apply(*SET))
    await asyncio.to_thread(until, lambda: waiting(postgresql.target) == 1)
    crossing = threading.Thread(
        target=other.run, args=("UPDATE t SET theirs = 1 WHERE id = 1", "COMMIT")
    )
    crossing.start()
    report = await applying
    await asyncio.to_thread(crossing.join)
    other.close()
    assert report.outcome is ApplyOutcome.APPLIED, report.errors
    assert postgresql.run("SELECT n, theirs FROM t ORDER BY id") == [("1", "1"), ("1", "1")]


@pytest.mark.parametrize("level", ["repeatable read", "serializable"])
async def test_a_serialization_failure_that_moved_nothing_is_tried_once_more(
    postgresql: PostgresDatabase, level: str
) -> None:
    other = with_two_rows(postgresql, f"default_transaction_isolation = ''{level}''")
    applying = asyncio.ensure_future(postgresql.apply(*SET))
    await asyncio.to_thread(until, lambda: waiting(postgresql.target) == 1)
    other.run("COMMIT")
    report = await applying
    other.close()
    assert report.outcome is ApplyOutcome.APPLIED, report.errors
    assert postgresql.run("SELECT n, theirs FROM t ORDER BY id") == [("1", "0"), ("1", "1")]


async def test_a_serialization_failure_over_a_row_that_moved_is_a_conflict(
    postgresql: PostgresDatabase,
) -> None:
    other = with_two_rows(postgresql, "default_transaction_isolation = ''repeatable read''")
    other.run("UPDATE t SET n = 7 WHERE id = 2")
    applying = asyncio.ensure_future(postgresql.apply(*SET))
    await asyncio.to_thread(until, lambda: waiting(postgresql.target) == 1)
    other.run("COMMIT")
    report = await applying
    other.close()
    assert report.outcome is ApplyOutcome.NOTHING
    assert [(c.index, c.current) for c in report.conflicts] == [
        (1, {"id": "2", "n": "7", "theirs": "1"})
    ]
    assert postgresql.run("SELECT n FROM t ORDER BY id") == [("0",), ("7",)]
