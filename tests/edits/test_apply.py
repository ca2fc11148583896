"""Applying: the whole set or nothing, never over another writer, and every refusal in words."""

import pytest

from studio.model.apply_report import ApplyOutcome
from studio.model.catalog import TableRef
from studio.model.change import DEFAULT, Delete, Insert, Update
from tests.edits.databases import Database

USERS = TableRef(None, "users")
EVENTS = TableRef(None, "events")


@pytest.fixture(autouse=True)
def tables(database: Database) -> None:
    number = "integer" if database.engine == "sqlite" else "serial"
    database.run(
        "CREATE TABLE users (id integer PRIMARY KEY, email text NOT NULL UNIQUE,"
        " age integer CONSTRAINT adult CHECK (age > 17), plan text DEFAULT 'free')",
        f"CREATE TABLE events (id {number} PRIMARY KEY, kind text,"
        " user_id integer REFERENCES users (id) ON DELETE CASCADE)",
        "CREATE TABLE notes (id integer PRIMARY KEY,"
        " user_id integer REFERENCES users (id) ON DELETE SET NULL)",
        "CREATE TABLE pins (id integer PRIMARY KEY, user_id integer REFERENCES users (id))",
        "INSERT INTO users VALUES (1, 'a@x', 20, 'pro'), (2, 'b@x', 30, 'pro'), (3, 'c@x', 40, '')",
        "INSERT INTO events (user_id, kind) VALUES (1, 'login'), (1, 'view'), (2, 'login')",
        "INSERT INTO notes VALUES (1, 1), (2, 1), (3, 2)",
        "INSERT INTO pins VALUES (1, 3)",
    )


def snapshot(database: Database) -> dict[str, list[tuple[object, ...]]]:
    return {
        name: database.run(f"SELECT * FROM {name} ORDER BY id")
        for name in ("users", "events", "notes", "pins")
    }


def by_name(rows: object) -> dict[str, int]:
    return {ref.name: count for ref, count in rows.items()}  # type: ignore[attr-defined]


async def test_three_kinds_of_change_in_one_transaction(database: Database) -> None:
    row = database.row
    report = await database.apply(
        Update(EVENTS, row(id=1), row(kind="login"), row(kind="signup")),
        Insert(EVENTS, row(user_id=2, kind="new")),
        Delete(EVENTS, row(id=2), row(kind="view")),
    )
    assert report.outcome is ApplyOutcome.APPLIED
    assert by_name(report.rows) == {"events": 3}
    assert database.run("SELECT kind FROM events ORDER BY id") == [
        ("signup",), ("login",), ("new",)
    ]  # fmt: skip
    (identities,) = report.inserted.values()
    assert identities == (row(id=4),)


async def test_a_row_that_moved_stops_the_whole_set(database: Database) -> None:
    row = database.row
    database.run("UPDATE events SET kind = 'moved' WHERE id = 3")
    before = snapshot(database)
    report = await database.apply(
        Update(EVENTS, row(id=1), row(kind="login"), row(kind="signup")),
        Update(EVENTS, row(id=3), row(kind="login"), row(kind="signup")),
        Update(EVENTS, row(id=99), row(kind="login"), row(kind="signup")),
    )
    assert report.outcome is ApplyOutcome.NOTHING
    assert report.exit_code == 5
    assert [conflict.index for conflict in report.conflicts] == [1, 2]
    assert report.conflicts[0].current == row(id=3, kind="moved", user_id=2)
    assert report.conflicts[0].moved == ("kind",)
    assert report.conflicts[1].current is None
    assert snapshot(database) == before


async def test_constraint_errors_name_the_change_the_column_and_the_rule(
    database: Database,
) -> None:
    row = database.row
    before = snapshot(database)
    report = await database.apply(
        Insert(USERS, row(id=4, email="b@x")),
        Insert(USERS, row(id=5)),
        Insert(USERS, row(id=6, email="f@x", age=3)),
        Insert(EVENTS, row(user_id=77, kind="x")),
        Delete(USERS, row(id=3), {}),
    )
    assert report.outcome is ApplyOutcome.NOTHING
    assert report.exit_code == 4
    found = {error.change: error for error in report.errors}
    assert {n: (e.kind, e.columns) for n, e in found.items()} == {
        0: ("unique", ("email",)),
        1: ("not_null", ("email",)),
        2: ("check", ("age",)),
        3: ("foreign_key", ("user_id",)),
        4: ("foreign_key", ("user_id",)),
    }
    assert found[0].other == row(id=2)
    assert "already has email" in found[0].message
    assert "age > 17" in found[2].message
    assert "users has id" in found[3].message
    assert "1 row refers to it from" in found[4].message
    assert snapshot(database) == before


async def test_a_trial_counts_cascades_and_changes_nothing(database: Database) -> None:
    before = snapshot(database)
    report = await database.apply(Delete(USERS, database.row(id=1), {}), trial=True)
    assert report.outcome is ApplyOutcome.TRIED
    assert by_name(report.rows) == {"events": 2, "notes": 2, "users": 1}
    assert report.locks
    assert snapshot(database) == before


async def test_rows_that_went_along_are_told(database: Database) -> None:
    report = await database.apply(Delete(USERS, database.row(id=1), {}))
    assert by_name(report.rows) == {"users": 1}
    schema = "" if database.engine == "sqlite" else "public."
    assert list(report.notes[:2]) == [
        f"2 rows of {schema}events went along, by cascade",
        f"2 rows of {schema}notes had their reference changed",
    ]
    back = await database.undo(report.journal_id)
    assert back.outcome is ApplyOutcome.APPLIED
    assert not any("went along" in note for note in back.notes)


async def test_a_trial_that_would_fail_says_so(database: Database) -> None:
    report = await database.apply(Delete(USERS, database.row(id=3), {}), trial=True)
    assert report.outcome is ApplyOutcome.NOTHING
    assert [error.kind for error in report.errors] == ["foreign_key"]


async def test_undo_brings_cascaded_rows_and_references_back(database: Database) -> None:
    before = snapshot(database)
    report = await database.apply(Delete(USERS, database.row(id=1), {}))
    assert report.outcome is ApplyOutcome.APPLIED
    assert snapshot(database) != before
    back = await database.undo(report.journal_id)
    assert back.outcome is ApplyOutcome.APPLIED
    assert snapshot(database) == before


async def test_undo_stops_where_somebody_went_on(database: Database) -> None:
    row = database.row
    report = await database.apply(
        Update(USERS, row(id=1), row(plan="pro"), {"plan": DEFAULT}),
        Insert(USERS, row(id=9, email="i@x")),
    )
    assert report.outcome is ApplyOutcome.APPLIED
    assert database.run("SELECT plan FROM users WHERE id IN (1, 9)") == [("free",), ("free",)]
    database.run("UPDATE users SET age = 50 WHERE id = 9")
    after = snapshot(database)
    back = await database.undo(report.journal_id)
    assert back.outcome is ApplyOutcome.NOTHING
    assert len(back.conflicts) == 1
    assert back.conflicts[0].moved == ("age",)
    assert snapshot(database) == after


async def test_undo_of_an_undo_applies_again(database: Database) -> None:
    row = database.row
    report = await database.apply(Update(USERS, row(id=1), row(plan="pro"), row(plan="max")))
    back = await database.undo(report.journal_id)
    again = await database.undo(back.journal_id)
    assert again.outcome is ApplyOutcome.APPLIED
    assert database.run("SELECT plan FROM users WHERE id = 1") == [("max",)]


async def test_parents_before_children_whatever_the_order_staged(database: Database) -> None:
    row = database.row
    report = await database.apply(
        Insert(EVENTS, row(user_id=50, kind="first")),
        Update(EVENTS, row(id=3), row(user_id=2), row(user_id=50)),
        Delete(USERS, row(id=2), row(email="b@x")),
        Insert(USERS, row(id=50, email="fifty@x")),
    )
    assert report.outcome is ApplyOutcome.APPLIED, report.errors
    assert database.run("SELECT user_id FROM events ORDER BY id") == [
        (database.value(n),) for n in (1, 1, 50, 50)
    ]


async def test_a_trigger_is_counted_and_its_values_are_taken_back(database: Database) -> None:
    row = database.row
    if database.engine == "sqlite":
        database.run(
            "CREATE TRIGGER shout AFTER UPDATE OF plan ON users BEGIN"
            " UPDATE users SET email = upper(NEW.email) WHERE id = NEW.id;"
            " INSERT INTO pins VALUES (100 + NEW.id, NULL); END"
        )
    else:
        database.run(
            "CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " NEW.plan := upper(NEW.plan); INSERT INTO pins VALUES (100 + NEW.id, NULL);"
            " RETURN NEW; END $$",
            "CREATE TRIGGER shout BEFORE UPDATE OF plan ON users FOR EACH ROW"
            " EXECUTE FUNCTION shout()",
        )
    change = Update(USERS, row(id=1), row(plan="pro"), row(plan="max"))
    tried = await database.apply(change, trial=True)
    assert by_name(tried.rows)["pins"] == 1
    done = await database.apply(change)
    assert any("shout" in note for note in done.notes)
    database.run("DROP TRIGGER shout" + ("" if database.engine == "sqlite" else " ON users"))
    back = await database.undo(done.journal_id)
    assert back.outcome is ApplyOutcome.APPLIED, back.conflicts
    assert database.run("SELECT plan FROM users WHERE id = 1") == [("pro",)]


async def test_what_is_wrong_with_a_change_is_said_before_the_database_is_asked(
    database: Database,
) -> None:
    row = database.row
    made = "integer GENERATED ALWAYS AS (n * 2) STORED"
    database.run(
        f"CREATE TABLE made (id integer PRIMARY KEY, n integer, twice {made})",
        "CREATE VIEW looks AS SELECT * FROM made",
    )
    table, view = TableRef(None, "made"), TableRef(None, "looks")
    for change, kind in (
        (Insert(table, row(id=1, twice=2)), "generated"),
        (Insert(table, row(id=1, no_such=2)), "unknown_column"),
        (Update(table, {}, {}, row(n=1)), "no_identity"),
        (Update(view, row(id=1), {}, row(n=1)), "read_only"),
    ):
        report = await database.apply(change)
        assert [error.kind for error in report.errors] == [kind]
        assert report.outcome is ApplyOutcome.NOTHING


async def test_an_identity_that_is_no_key_must_still_name_one_row(database: Database) -> None:
    row = database.row
    before = snapshot(database)
    report = await database.apply(Update(EVENTS, row(kind="login"), {}, row(kind="x")))
    assert report.outcome is ApplyOutcome.NOTHING
    assert [conflict.matches for conflict in report.conflicts] == [2]
    assert snapshot(database) == before
    report = await database.apply(Update(EVENTS, row(kind="view"), {}, row(kind="x")))
    assert report.outcome is ApplyOutcome.APPLIED


async def test_keys_exchanged_in_a_circle_are_refused_whole(database: Database) -> None:
    row = database.row
    before = snapshot(database)
    report = await database.apply(
        Update(USERS, row(id=1), row(email="a@x"), row(email="b@x")),
        Update(USERS, row(id=2), row(email="b@x"), row(email="a@x")),
    )
    assert report.outcome is ApplyOutcome.NOTHING
    assert {error.kind for error in report.errors} == {"unique"}
    assert snapshot(database) == before


async def test_rows_that_refer_to_each_other_are_inserted_together(database: Database) -> None:
    row = database.row
    wait = "DEFERRABLE" if database.engine == "postgresql" else ""
    database.run(
        f"CREATE TABLE ring (id integer PRIMARY KEY, next integer NOT NULL REFERENCES ring {wait})"
    )
    ring = TableRef(None, "ring")
    changes = (Insert(ring, row(id=1, next=2)), Insert(ring, row(id=2, next=1)))
    assert (await database.apply(*changes, trial=True)).outcome is ApplyOutcome.TRIED
    report = await database.apply(*changes)
    assert report.outcome is ApplyOutcome.APPLIED, report.errors
    broken = await database.apply(
        Insert(ring, row(id=3, next=4)), Insert(ring, row(id=4, next=3)),
        Insert(ring, row(id=5, next=6)),
    )  # fmt: skip
    assert broken.outcome is ApplyOutcome.NOTHING
    assert [(error.change, error.kind) for error in broken.errors] == [(2, "foreign_key")]


async def test_many_conflicts_among_thousands_are_all_found(database: Database) -> None:
    row = database.row
    database.run("CREATE TABLE many (id integer PRIMARY KEY, n integer)")
    for start in range(0, 1000, 500):
        values = ",".join(f"({i}, 0)" for i in range(start, start + 500))
        database.run(f"INSERT INTO many VALUES {values}")
    database.run("UPDATE many SET n = 1 WHERE id IN (7, 500, 999)")
    many = TableRef(None, "many")
    report = await database.apply(
        *(Update(many, row(id=i), row(n=0), row(n=5)) for i in range(1000))
    )
    assert [conflict.index for conflict in report.conflicts] == [7, 500, 999]
    assert database.run("SELECT count(*) FROM many WHERE n = 5") == [(database.value(0),)]
