"""Undo takes back exactly the rows that were changed, and what it leaves is said before."""

from typing import Any

import pytest

from tests.edits.databases import Database, PostgresDatabase, SQLiteDatabase
from tests.edits.test_taken_back import (
    Command,
    Document,
    command,
    content,
    delete,
    insert,
    there_and_back,
    update,
)

__all__ = ["command"]


@pytest.fixture
def inherited(postgresql: PostgresDatabase) -> PostgresDatabase:
    """The same id in a parent, its child with a key and more columns, and a grandchild."""
    postgresql.run(
        "CREATE TABLE ip (id int PRIMARY KEY, v text)",
        "CREATE TABLE ic (x int) INHERITS (ip)",
        "CREATE TABLE ig (id int PRIMARY KEY) INHERITS (ic)",
        "INSERT INTO ip VALUES (1, 'parent'), (2, 'alone')",
        "INSERT INTO ic VALUES (1, 'child', 10)",
        "INSERT INTO ig VALUES (1, 'grandchild', 20)",
    )
    return postgresql


OWN = ("ONLY ip", "ONLY ic", "ONLY ig")


@pytest.mark.parametrize("old", ["parent", "child", "grandchild"])
@pytest.mark.parametrize("identity", [{"id": 1}, {}])
def test_a_row_is_put_back_into_the_very_table_it_was_in(
    command: Command, inherited: PostgresDatabase, old: str, identity: Document
) -> None:
    before = {"v": old, **identity}
    there_and_back(command, inherited, OWN, update("ip", identity, before, {"v": "new"}))
    there_and_back(command, inherited, OWN, update("ip", identity, before, {"id": 7}))
    there_and_back(command, inherited, OWN, delete("ip", identity, **before))


def test_all_rows_of_one_key_at_once(command: Command, inherited: PostgresDatabase) -> None:
    there_and_back(
        command,
        inherited,
        OWN,
        delete("ip", {}, id=1, v="grandchild"),
        update("ip", {}, {"id": 1, "v": "parent"}, {"v": "first"}),
        update("ip", {}, {"id": 1, "v": "child"}, {"v": "second"}),
        insert("ip", id=9, v="new"),
    )


def test_a_key_that_names_rows_of_two_tables_changes_neither(
    command: Command, inherited: PostgresDatabase
) -> None:
    before = content(inherited, *OWN)
    for change in (update("ip", {"id": 1}, {}, {"v": "new"}), delete("ip", {"id": 1})):
        for trial in (True, False):
            code, said = command.apply(inherited.target, change, trial=trial)
            assert (code, said["outcome"]) == (5, "nothing")
            assert content(inherited, *OWN) == before


def test_rows_that_refer_to_the_parent_do_not_go_with_the_childs(
    command: Command, inherited: PostgresDatabase
) -> None:
    inherited.run(
        "CREATE TABLE r (p int REFERENCES ip ON DELETE CASCADE)",
        "CREATE TABLE rg (a int, g int REFERENCES ig ON DELETE SET NULL)",
        "INSERT INTO r VALUES (1), (1)",
        "INSERT INTO rg VALUES (1, 1), (1, 1), (2, 1)",
    )
    for old in ("parent", "child", "grandchild"):
        there_and_back(command, inherited, [*OWN, "r", "rg"], delete("ip", {"id": 1}, v=old))


def test_partitions_do_not_count_what_follows_twice(
    command: Command, postgresql: PostgresDatabase
) -> None:
    postgresql.run(
        "CREATE TABLE p (id int PRIMARY KEY) PARTITION BY LIST (id)",
        "CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1)",
        "CREATE TABLE c (id int, p int REFERENCES p ON DELETE CASCADE) PARTITION BY LIST (id)",
        "CREATE TABLE c1 PARTITION OF c FOR VALUES IN (1)",
        "INSERT INTO p VALUES (1)",
        "INSERT INTO c VALUES (1, 1), (1, 1)",
    )
    for table in ("p", "p1"):
        there_and_back(command, postgresql, ["p1", "c1"], delete(table, {"id": 1}))


@pytest.mark.parametrize(
    ("type_name", "old", "new"),
    [
        ("numeric(5,2)", "1.00", "1.239"),
        ("char(4)", "ab", "x "),
        ("varchar(3)", "ab", "abc    "),
        ("timestamp(0)", "2026-01-01 00:00:00", "2026-01-01 00:00:00.6"),
        ("time(0)", "00:00:00", "00:00:00.6"),
        ("interval day", "1 day", "2 days 5 hours"),
        ("bit varying(4)", "1", "0101"),
        ("numeric(4,1)[]", "{1.0}", "{1.26,NULL}"),
        ("rounded", "1.0", "1.26"),
        ("moment", "2026-01-01 00:00:00", "2026-01-01 00:00:00.6"),
    ],
)
def test_a_value_the_column_keeps_its_own_way_is_taken_back(
    command: Command, postgresql: PostgresDatabase, type_name: str, old: str, new: str
) -> None:
    postgresql.run(
        "CREATE DOMAIN rounded AS numeric(4,1)",
        "CREATE DOMAIN moment AS timestamp(0)",
        f"CREATE TABLE t (id int PRIMARY KEY, v {type_name})",
        f"INSERT INTO t VALUES (1, '{old}')",
    )
    there_and_back(
        command, postgresql, ["t"], update("t", {"id": 1}, {}, {"v": new}), insert("t", id=2, v=new)
    )


@pytest.mark.parametrize("type_name", ["text", "numeric", "real", "integer", "blob", ""])
@pytest.mark.parametrize("value", [1, "1", "1.0", "007", "x", {"$type": "real", "text": "2.5"}])
def test_a_value_of_another_storage_class_is_taken_back(
    command: Command, sqlite: SQLiteDatabase, type_name: str, value: object
) -> None:
    sqlite.run(f"CREATE TABLE t (id integer PRIMARY KEY, v {type_name})")
    sqlite.run("INSERT INTO t VALUES (1, 'old')")
    there_and_back(
        command, sqlite, ["t"], update("t", {"id": 1}, {}, {"v": value}), insert("t", id=2, v=value)
    )


def test_a_row_a_trigger_writes_over_is_put_back_whole(
    command: Command, postgresql: PostgresDatabase
) -> None:
    """What the trigger wrote in other columns is put back too, and the guard knows it."""
    postgresql.run(
        "CREATE TABLE t (id int PRIMARY KEY, v text, seen text)",
        "INSERT INTO t VALUES (1, 'A', 'first')",
        "CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " new.v := upper(new.v); IF new.v <> 'A' THEN new.seen := 'later'; END IF; RETURN new;"
        " END $$",
        "CREATE TRIGGER shout BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION shout()",
    )
    there_and_back(command, postgresql, ["t"], update("t", {"id": 1}, {"v": "A"}, {"v": "b"}))


# -- what lasts is said before ---------------------------------------------------------------------


def told(command: Command, database: Database, *changes: Document) -> list[str]:
    """What a trial says, which changes nothing."""
    code, said = command.apply(database.target, *changes, trial=True)
    assert code == 0
    return [str(note) for note in said["notes"]]


def test_a_rule_that_deletes_elsewhere_is_told_before_and_counted_after(
    command: Command, postgresql: PostgresDatabase
) -> None:
    postgresql.run(
        "CREATE TABLE t (id int PRIMARY KEY)",
        "CREATE TABLE o (t int)",
        "CREATE RULE sweep AS ON DELETE TO t DO ALSO DELETE FROM o WHERE t = old.id",
        "INSERT INTO t VALUES (1)",
        "INSERT INTO o VALUES (1), (1), (1)",
    )
    change = delete("t", {"id": 1})
    assert any("rules of" in note and "sweep" in note for note in told(command, postgresql, change))
    code, said = command.apply(postgresql.target, change)
    assert code == 0
    assert any(note.startswith("3 rows of public.o ") for note in said["notes"])
    assert command.undo(postgresql.target)[0] == 0
    assert content(postgresql, "t", "o") == [["('1',)"], []]


def test_a_trigger_is_told_of_where_the_set_or_its_undo_or_a_cascade_fires_it(
    command: Command, sqlite: SQLiteDatabase
) -> None:
    sqlite.run(
        "CREATE TABLE p (id integer PRIMARY KEY, v)",
        "CREATE TABLE c (p integer REFERENCES p ON DELETE CASCADE)",
        "CREATE TABLE log (what)",
        "CREATE TRIGGER pi AFTER INSERT ON p BEGIN INSERT INTO log VALUES ('p'); END",
        "CREATE TRIGGER cd AFTER DELETE ON c BEGIN INSERT INTO log VALUES ('c'); END",
        "INSERT INTO p VALUES (1, 1), (2, 2)",
        "INSERT INTO c VALUES (1)",
        "DELETE FROM log",
    )
    assert told(command, sqlite, update("p", {"id": 1}, {}, {"v": 3})) == []
    notes = told(command, sqlite, delete("p", {"id": 1}))
    assert [("p" in note.split(), "pi" in note, "cd" in note) for note in notes] == [
        (True, True, False),
        (False, False, True),
    ]
    _, said = command.apply(sqlite.target, delete("p", {"id": 1}))
    assert any(note.startswith("1 row was written besides") for note in said["notes"])


def watched(command: Command, capsys: pytest.CaptureFixture[str]) -> tuple[Command, list[str]]:
    """The same command, and what it says beside its document, a text a call."""
    said: list[str] = []
    keep = capsys.readouterr

    class Both:
        """What the command printed, both ways."""

        def readouterr(self) -> Any:
            found = keep()
            said.append(found.err)
            return found

    return Command(command._monkeypatch, Both()), said  # type: ignore[arg-type]


def test_the_command_says_it_before_anything_is_sent(
    command: Command, sqlite: SQLiteDatabase, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also of a set that then does not go through."""
    sqlite.run(
        "CREATE TABLE t (id integer PRIMARY KEY CHECK (id < 5))",
        "CREATE TRIGGER ti AFTER INSERT ON t BEGIN SELECT 1; END",
    )
    watching, said = watched(command, capsys)
    assert watching.apply(sqlite.target, insert("t", id=9))[0] == 4
    assert "note: undo runs the triggers of t again" in said[0].split("change 0:")[0]
    assert said[0].count("ti") == 1


def test_a_view_that_has_no_way_back_says_so_for_that_part_alone(
    command: Command, sqlite: SQLiteDatabase
) -> None:
    sqlite.run(
        "CREATE TABLE t (id integer PRIMARY KEY, v)",
        "INSERT INTO t VALUES (1, 'a'), (2, 'b')",
        "CREATE VIEW w AS SELECT id, v FROM t",
        "CREATE TRIGGER wd INSTEAD OF DELETE ON w BEGIN DELETE FROM t WHERE id = old.id; END",
    )
    changes = [delete("w", {"id": 1}, v="a"), update("t", {"id": 2}, {"v": "b"}, {"v": "c"})]
    assert any("no INSTEAD OF INSERT" in note for note in told(command, sqlite, *changes))
    assert command.apply(sqlite.target, *changes)[0] == 0
    code, said = command.undo(sqlite.target)
    assert code == 0
    assert any("change 1, of w, stays" in note for note in said["notes"])
    assert content(sqlite, "t") == [["(2, 'b')"]]


def test_a_view_whose_trigger_writes_another_value_leaves_other_rows_alone(
    command: Command, database: Database
) -> None:
    """The row that holds what was given is another one: undo must not take it for the changed."""
    database.run(
        "CREATE TABLE t (id integer PRIMARY KEY, v varchar(9))",
        "INSERT INTO t VALUES (1, 'a'), (2, 'b')",
        "CREATE VIEW w AS SELECT v FROM t",
    )
    body = "UPDATE t SET v = upper(new.v) WHERE v = old.v"
    if database.engine == "sqlite":
        database.run(f"CREATE TRIGGER wu INSTEAD OF UPDATE ON w BEGIN {body}; END")
    else:
        database.run(
            "CREATE FUNCTION wf() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN {body}; RETURN new; END $$",
            "CREATE TRIGGER wu INSTEAD OF UPDATE ON w FOR EACH ROW EXECUTE FUNCTION wf()",
        )
    change = update("w", {}, {"v": "a"}, {"v": "b"})
    assert any("is a view" in note for note in told(command, database, change))
    code, said = command.apply(database.target, change)
    assert code == 0
    assert any("change 1, of" in note and "stays" in note for note in said["notes"])
    applied = content(database, "t")
    assert command.undo(database.target)[0] == 5
    assert content(database, "t") == applied


@pytest.mark.parametrize("end", ["update", "delete"])
def test_several_changes_to_one_row_without_a_key_are_taken_back_as_one(
    command: Command, postgresql: PostgresDatabase, end: str
) -> None:
    postgresql.run("CREATE TABLE t (id int, v text)", "INSERT INTO t VALUES (1, 'a'), (2, 'a')")
    changes = [
        update("t", {"id": 1}, {"v": "a"}, {"v": "b"}),
        update("t", {"id": 1}, {"v": "b"}, {"v": "c"}),
        update("t", {"id": 1}, {"v": "c"}, {"v": "d"})
        if end == "update"
        else delete("t", {"id": 1}, v="c"),
    ]
    there_and_back(command, postgresql, ["t"], *changes)


def test_a_row_that_only_the_set_itself_tells_apart_is_put_back(
    command: Command, inherited: PostgresDatabase
) -> None:
    """Two rows bear the id when it begins, one when its turn comes, and that one's followers go."""
    inherited.run(
        "CREATE TABLE r (p int REFERENCES ip ON DELETE CASCADE)",
        "INSERT INTO r VALUES (1), (1)",
        "DELETE FROM ONLY ic",
    )
    there_and_back(
        command, inherited, [*OWN, "r"], delete("ig", {"id": 1}), delete("ip", {"id": 1})
    )


def test_a_new_row_without_a_key_that_is_changed_again_is_said_to_stay(
    command: Command, postgresql: PostgresDatabase
) -> None:
    postgresql.run("CREATE TABLE t (id int, v text)")
    changes = [insert("t", id=1, v="a"), update("t", {"id": 1}, {"v": "a"}, {"v": "b"})]
    assert any("changes again stays" in note for note in told(command, postgresql, *changes))
    assert command.apply(postgresql.target, *changes)[0] == 0
    assert command.undo(postgresql.target)[0] == 5
    assert content(postgresql, "t") == [["('1', 'b')"]]


def test_a_set_that_left_all_as_it_was_is_taken_back(
    command: Command, postgresql: PostgresDatabase
) -> None:
    postgresql.run(
        "CREATE TABLE t (id int PRIMARY KEY, v text)",
        "INSERT INTO t VALUES (1, 'a')",
        "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN new.v := old.v; RETURN new; END $$",
        "CREATE TRIGGER keep BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION keep()",
    )
    assert command.apply(postgresql.target, insert("t", id=2, v="b"))[0] == 0
    assert command.apply(postgresql.target, update("t", {"id": 1}, {}, {"v": "z"}))[0] == 0
    assert [command.undo(postgresql.target)[0] for _ in range(2)] == [0, 0]
    assert content(postgresql, "t") == [["('1', 'a')"]]


# -- undo takes no other row along -----------------------------------------------------------------


@pytest.mark.parametrize("action", ["CASCADE", "SET NULL"])
def test_rows_that_came_to_refer_to_a_new_row_stop_its_undo(
    command: Command, database: Database, action: str
) -> None:
    database.run(
        "CREATE TABLE p (id integer PRIMARY KEY)",
        f"CREATE TABLE c (id integer PRIMARY KEY, p integer REFERENCES p ON DELETE {action})",
    )
    assert command.apply(database.target, insert("p", id=1), insert("c", id=1, p=1))[0] == 0
    database.run("INSERT INTO c VALUES (2, 1)")
    before = content(database, "p", "c")
    code, said = command.undo(database.target)
    assert (code, said["outcome"]) == (5, "nothing")
    assert "1 row of" in said["errors"][0]["message"]
    assert content(database, "p", "c") == before
    database.run("DELETE FROM c WHERE id = 2")
    assert command.undo(database.target)[0] == 0
    assert content(database, "p", "c") == [[], []]


def test_a_reference_of_a_row_without_a_key_is_mended(
    command: Command, postgresql: PostgresDatabase
) -> None:
    postgresql.run(
        "CREATE TABLE p (id int PRIMARY KEY)",
        "CREATE TABLE c (a int, p int REFERENCES p ON DELETE SET NULL)",
        "INSERT INTO p VALUES (1)",
        "INSERT INTO c VALUES (1, 1), (1, 1), (2, 1), (3, NULL)",
    )
    there_and_back(command, postgresql, ["p", "c"], delete("p", {"id": 1}))


def test_a_row_changed_under_two_names_is_said_before(
    command: Command, postgresql: PostgresDatabase, capsys: pytest.CaptureFixture[str]
) -> None:
    postgresql.run(
        "CREATE TABLE p (id int, k int, v text, n int, PRIMARY KEY (id, k)) PARTITION BY LIST (k)",
        "CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1, 2)",
        "INSERT INTO p VALUES (2, 2, 'a', 4)",
    )
    key = {"id": 2, "k": 2}
    changes = (update("p1", key, {}, {"v": "b"}), update("p", key, {}, {"v": "A", "n": 3}))
    watching, said = watched(command, capsys)
    watching.apply(postgresql.target, changes[0], trial=True)
    watching.apply(postgresql.target, *changes)
    assert ["public.p1 are rows of public.p too" in one for one in said] == [False, True]
    kept = postgresql.run("SELECT * FROM p")
    code, _ = command.undo(postgresql.target)
    assert code == 5
    assert postgresql.run("SELECT * FROM p") == kept
