"""What an apply moves besides its rows comes back with undo, through the command line."""

import io
import json
import sys
from collections.abc import Sequence
from typing import Any

import psycopg
import pytest

from studio.cli.main import main
from studio.model.catalog import TableRef
from studio.model.change import DEFAULT, Assigned, Insert
from tests.edits.databases import Database, PostgresDatabase, SQLiteDatabase, wait
from tests.postgres import Server

Document = dict[str, Any]


def update(table: str, identity: Document, before: Document, after: Document) -> Document:
    return {"op": "update", "table": table, "identity": identity, "before": before, "after": after}


def delete(table: str, identity: Document, **before: object) -> Document:
    return {"op": "delete", "table": table, "identity": identity, "before": before}


def insert(table: str, **after: object) -> Document:
    return {"op": "insert", "table": table, "after": after}


class Command:
    """`studio apply` and `studio undo` on one database, as a script calls them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def apply(self, target: str, *changes: Document, trial: bool = False) -> tuple[int, Document]:
        text = json.dumps({"changes": changes}).encode()
        self._monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
        flags = ["--try"] if trial else []
        return self._said(main(["apply", target, "-", "--json", *flags]))

    def undo(self, target: str) -> tuple[int, Document]:
        return self._said(main(["undo", target, "--json"]))

    def _said(self, code: int) -> tuple[int, Document]:
        return code, json.loads(self._capsys.readouterr().out)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(monkeypatch, capsys)


def content(database: Database, *tables: str) -> list[list[object]]:
    return [sorted(map(repr, database.run(f"SELECT * FROM {table}"))) for table in tables]


def there_and_back(
    command: Command, database: Database, tables: Sequence[str], *changes: Document
) -> None:
    """Try changes nothing and agrees; apply changes something; undo gives all of it back."""
    before = content(database, *tables)
    assert command.apply(database.target, *changes, trial=True)[1]["outcome"] == "tried"
    assert content(database, *tables) == before
    assert command.apply(database.target, *changes)[1]["outcome"] == "applied"
    assert content(database, *tables) != before
    assert command.undo(database.target)[1]["outcome"] == "applied"
    assert content(database, *tables) == before


@pytest.mark.parametrize("action", ["SET NULL", "SET DEFAULT", "CASCADE"])
@pytest.mark.parametrize("event", ["UPDATE", "DELETE"])
def test_references_that_follow_come_back(
    command: Command, database: Database, event: str, action: str
) -> None:
    database.run(
        "CREATE TABLE p (id integer PRIMARY KEY, k varchar(9) UNIQUE)",
        "CREATE TABLE c (id integer PRIMARY KEY, k varchar(9) DEFAULT 'z'"
        f" REFERENCES p (k) ON {event} {action})",
        "CREATE TABLE g (id integer PRIMARY KEY, c integer REFERENCES c ON DELETE SET NULL)",
        "INSERT INTO p VALUES (1, 'a'), (2, 'z')",
        "INSERT INTO c VALUES (1, 'a'), (2, 'a'), (3, NULL), (4, 'z')",
        "INSERT INTO g VALUES (1, 1), (2, 3)",
    )
    change = delete("p", {"id": 1}) if event == "DELETE" else update("p", {"id": 1}, {}, {"k": "b"})
    there_and_back(command, database, ["p", "c", "g"], change)


def test_a_key_that_changes_by_a_cascade_severs_further_down(
    command: Command, database: Database
) -> None:
    database.run(
        "CREATE TABLE p (k varchar(9) PRIMARY KEY)",
        "CREATE TABLE c (k varchar(9) PRIMARY KEY REFERENCES p ON UPDATE CASCADE)",
        "CREATE TABLE g (id integer PRIMARY KEY, k varchar(9) REFERENCES c ON UPDATE SET NULL)",
        "INSERT INTO p VALUES ('a')",
        "INSERT INTO c VALUES ('a')",
        "INSERT INTO g VALUES (1, 'a')",
    )
    there_and_back(command, database, ["p", "c", "g"], update("p", {"k": "a"}, {}, {"k": "b"}))


def test_only_the_columns_that_were_severed_are_mended(
    command: Command, postgresql: PostgresDatabase
) -> None:
    postgresql.run(
        "CREATE TABLE p (a int, b int, PRIMARY KEY (a, b))",
        "CREATE TABLE c (id int PRIMARY KEY, a int NOT NULL, b int,"
        " FOREIGN KEY (a, b) REFERENCES p ON DELETE SET NULL (b))",
        "INSERT INTO p VALUES (1, 1)",
        "INSERT INTO c VALUES (1, 1, 1)",
    )
    there_and_back(command, postgresql, ["p", "c"], delete("p", {"a": 1, "b": 1}))


def test_rows_that_refer_under_the_parents_collation_come_back(
    command: Command, sqlite: SQLiteDatabase
) -> None:
    sqlite.run(
        "CREATE TABLE p (k text COLLATE NOCASE PRIMARY KEY)",
        "CREATE TABLE c (k text REFERENCES p ON DELETE CASCADE, v)",
        "INSERT INTO p VALUES ('ABC')",
        "INSERT INTO c VALUES ('abc', 1), ('Abc', 2)",
    )
    there_and_back(command, sqlite, ["p", "c"], delete("p", {"k": "ABC"}))


@pytest.mark.parametrize("value", [12, True, -(2**63), {"$type": "real", "text": "-inf"}])
def test_a_number_a_text_column_keeps_as_text_is_taken_back(
    command: Command, sqlite: SQLiteDatabase, value: object
) -> None:
    sqlite.run("CREATE TABLE t (id integer PRIMARY KEY, v varchar(9))")
    sqlite.run("INSERT INTO t VALUES (1, 'old')")
    there_and_back(
        command, sqlite, ["t"], update("t", {"id": 1}, {"v": "old"}, {"v": value}),
        insert("t", id=2, v=value),
    )  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        [update("t", {"id": 1}, {"v": "a"}, {"v": "b"}),
         update("t", {"id": 1}, {"v": "b", "w": 1}, {"v": "c"})],
        [update("t", {"id": 1}, {"v": "a"}, {"v": "b"}), delete("t", {"id": 1}, v="b")],
        [insert("t", id=7, v="q"), update("t", {"id": 7}, {"v": "q"}, {"v": "c"})],
    ],
)  # fmt: skip
def test_changes_to_one_row_happen_in_the_order_given(
    command: Command, database: Database, changes: list[Document]
) -> None:
    database.run("CREATE TABLE t (id integer PRIMARY KEY, v varchar(9), w integer)")
    database.run("INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 2)")
    there_and_back(command, database, ["t"], *changes)


def test_a_row_named_by_what_it_holds_is_taken_back(command: Command, database: Database) -> None:
    database.run("CREATE TABLE t (v varchar(9), w json)")
    database.run("INSERT INTO t VALUES ('a', '1'), ('a', '2'), (NULL, '3')")
    there_and_back(
        command, database, ["t"], update("t", {}, {"v": "a", "w": "2"}, {"v": "z"}),
        delete("t", {}, v=None, w="3"),
    )  # fmt: skip


def test_a_null_in_the_key_names_its_row_by_the_old_values(
    command: Command, sqlite: SQLiteDatabase
) -> None:
    sqlite.run("CREATE TABLE t (k text PRIMARY KEY, w)")
    sqlite.run("INSERT INTO t VALUES (NULL, 1), (NULL, 2)")
    there_and_back(command, sqlite, ["t"], update("t", {"k": None}, {"w": 1}, {"w": 5}))


def test_rows_of_a_view_are_taken_back_by_what_they_hold(
    command: Command, sqlite: SQLiteDatabase
) -> None:
    sqlite.run(
        "CREATE TABLE t (id integer PRIMARY KEY, v)",
        "INSERT INTO t VALUES (1, 'a'), (2, 'b')",
        "CREATE VIEW w AS SELECT id, v FROM t",
        "CREATE TRIGGER wi INSTEAD OF INSERT ON w BEGIN INSERT INTO t VALUES (new.id, new.v); END",
        "CREATE TRIGGER wu INSTEAD OF UPDATE ON w"
        " BEGIN UPDATE t SET v = new.v WHERE id = old.id; END",
        "CREATE TRIGGER wd INSTEAD OF DELETE ON w BEGIN DELETE FROM t WHERE id = old.id; END",
    )
    there_and_back(
        command, sqlite, ["t"], insert("w", id=5, v="n"), delete("w", {"id": 2}, v="b"),
        update("w", {"id": 1}, {"v": "a"}, {"v": "z"}),
    )  # fmt: skip


def test_a_row_that_moves_between_partitions_without_a_key_is_taken_back(
    command: Command, postgresql: PostgresDatabase
) -> None:
    postgresql.run(
        "CREATE TABLE p (id int, k int, v text) PARTITION BY LIST (k)",
        "CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1)",
        "CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2)",
        "INSERT INTO p VALUES (1, 1, 'a'), (2, 2, 'b')",
    )
    change = update("p", {}, {"id": 1, "k": 1, "v": "a"}, {"k": 2})
    there_and_back(command, postgresql, ["p", "p1", "p2"], change)


def test_nothing_that_can_be_taken_back_is_said_and_is_no_success(
    command: Command, sqlite: SQLiteDatabase
) -> None:
    sqlite.run(
        "CREATE TABLE t (id integer PRIMARY KEY, v)",
        "INSERT INTO t VALUES (7, 3)",
        "CREATE VIEW w AS SELECT id, v FROM t",
        "CREATE TRIGGER wd INSTEAD OF DELETE ON w BEGIN DELETE FROM t WHERE id = old.id; END",
    )
    change = delete("w", {"id": 7}, v=3)
    assert any(
        "no INSTEAD OF INSERT" in n
        for n in command.apply(sqlite.target, change, trial=True)[1]["notes"]
    )
    assert command.apply(sqlite.target, change)[0] == 0
    code, said = command.undo(sqlite.target)
    assert (code, said["outcome"]) == (5, "nothing")
    assert "can be taken back" in said["errors"][0]["message"]
    assert content(sqlite, "t") == [[]]


@pytest.mark.parametrize("clause", ["REPLACE", "IGNORE", "ROLLBACK", "FAIL", "ABORT"])
def test_a_conflict_clause_of_the_table_takes_no_row_along(
    command: Command, sqlite: SQLiteDatabase, clause: str
) -> None:
    sqlite.run(
        f"CREATE TABLE t (id integer PRIMARY KEY ON CONFLICT {clause},"
        f" k text UNIQUE ON /* so */ CONFLICT {clause.lower()})",
        "INSERT INTO t VALUES (1, 'a'), (2, 'b')",
    )
    before = content(sqlite, "t")
    for changes in (
        [insert("t", id=9, k="c"), insert("t", id=1, k="n")],
        [insert("t", id=9, k="c"), insert("t", k="a")],
        [insert("t", id=9, k="c"), update("t", {"id": 2}, {"k": "b"}, {"k": "a"})],
    ):
        for trial in (True, False):
            code, said = command.apply(sqlite.target, *changes, trial=trial)
            assert (code, said["outcome"]) == (4, "nothing")
            assert [(e["change"], e["kind"]) for e in said["errors"]] == [(1, "unique")]
            assert content(sqlite, "t") == before


def test_a_trigger_that_rolls_back_is_told_with_its_change(
    command: Command, sqlite: SQLiteDatabase
) -> None:
    sqlite.run(
        "CREATE TABLE t (id integer PRIMARY KEY, a)",
        "INSERT INTO t VALUES (1, 1), (2, 2)",
        "CREATE TRIGGER g BEFORE UPDATE ON t WHEN new.a = 9"
        " BEGIN SELECT raise(ROLLBACK, 'no nine'); END",
    )
    changes = [update("t", {"id": 1}, {}, {"a": 5}), update("t", {"id": 2}, {}, {"a": 9})]
    for trial in (True, False):
        code, said = command.apply(sqlite.target, *changes, trial=trial)
        assert (code, said["outcome"]) == (4, "nothing")
        assert [(e["change"], e["message"]) for e in said["errors"]] == [(1, "no nine")]
        assert content(sqlite, "t") == [["(1, 1)", "(2, 2)"]]


def test_a_trial_sees_what_a_deferred_reference_would_say(
    command: Command, database: Database
) -> None:
    database.run(
        "CREATE TABLE p (id integer PRIMARY KEY)",
        "CREATE TABLE c (p integer REFERENCES p DEFERRABLE INITIALLY DEFERRED)",
        "INSERT INTO p VALUES (1)",
        "INSERT INTO c VALUES (1)",
    )
    for trial in (True, False):
        code, said = command.apply(database.target, delete("p", {"id": 1}), trial=trial)
        assert (code, said["outcome"]) == (4, "nothing")
        (error,) = said["errors"]
        assert (error["change"], error["kind"]) == (0, "foreign_key")


def test_rows_of_a_virtual_table_are_counted_by_a_trial(
    command: Command, sqlite: SQLiteDatabase
) -> None:
    sqlite.run("CREATE VIRTUAL TABLE f USING fts5(a)", "INSERT INTO f VALUES ('x')")
    change = update("f", {"rowid": 1}, {"a": "x"}, {"a": "y"})
    assert command.apply(sqlite.target, change, trial=True)[1]["rows"] == {"f": 1}


def test_a_value_the_type_refuses_is_told_with_its_change(
    command: Command, postgresql: PostgresDatabase
) -> None:
    postgresql.run("CREATE TABLE t (id int PRIMARY KEY, n int)", "INSERT INTO t VALUES (1, 1)")
    changes = [insert("t", id=2, n=2), update("t", {"id": 1}, {}, {"n": "abc"})]
    code, said = command.apply(postgresql.target, *changes)
    assert (code, said["outcome"]) == (4, "nothing")
    assert [error["change"] for error in said["errors"]] == [1]


def test_what_is_read_only_by_default_stays_so(
    command: Command, postgresql: PostgresDatabase
) -> None:
    postgresql.run("CREATE TABLE t (id int PRIMARY KEY)")
    name = psycopg.conninfo.conninfo_to_dict(postgresql.target)["dbname"]
    postgresql.run(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    for trial in (True, False):
        code, said = command.apply(postgresql.target, insert("t", id=1), trial=trial)
        assert (code, said["outcome"]) == (5, "nothing")
        assert [error["kind"] for error in said["errors"]] == ["read_only"]
    assert content(postgresql, "t") == [[]]


@pytest.mark.parametrize(
    ("granted", "change", "comes_back"),
    [
        ("SELECT, DELETE, INSERT", delete("t", {"id": 1}, v="a"), True),
        ("SELECT (id, v), UPDATE (v)", update("t", {"id": 1}, {"v": "a"}, {"v": "z"}), True),
        ("INSERT", insert("t", id=5), False),
    ],
)
def test_a_role_that_may_change_rows_need_not_be_able_to_lock_or_read_them(
    command: Command,
    postgresql: PostgresDatabase,
    postgres_server: Server,
    granted: str,
    change: Document,
    comes_back: bool,
) -> None:
    role = f"narrow_{granted[:6].lower()}"
    name = psycopg.conninfo.conninfo_to_dict(postgresql.target)["dbname"]
    postgresql.run(
        f"DROP ROLE IF EXISTS {role}",
        f"CREATE ROLE {role} LOGIN",
        "CREATE TABLE t (id int PRIMARY KEY, v text, secret text)",
        "CREATE TABLE c (id int REFERENCES t ON DELETE CASCADE)",
        "INSERT INTO t VALUES (1, 'a', NULL), (2, 'b', NULL)",
        f"GRANT {granted} ON t TO {role}",
    )
    before = content(postgresql, "t")
    target = postgres_server.url(str(name), role)
    try:
        got = command.apply(target, change, trial=True)
        assert got[0] == 0, got
        assert command.apply(target, change)[0] == 0
        assert content(postgresql, "t") != before
        if comes_back:
            assert command.undo(target)[0] == 0
            assert content(postgresql, "t") == before
    finally:
        postgresql.run(f"DROP OWNED BY {role}", f"DROP ROLE {role}")


def test_a_severed_row_that_got_another_key_is_mended(command: Command, database: Database) -> None:
    database.run(
        "CREATE TABLE p (id integer PRIMARY KEY)",
        "CREATE TABLE c (id integer PRIMARY KEY, p integer REFERENCES p ON DELETE SET NULL)",
        "INSERT INTO p VALUES (1)",
        "INSERT INTO c VALUES (1, 1), (2, 1)",
    )
    there_and_back(
        command, database, ["p", "c"], delete("p", {"id": 1}), update("c", {"id": 1}, {}, {"id": 9})
    )


def test_a_domains_rule_is_not_blamed_on_a_column_its_name_resembles(
    command: Command, postgresql: PostgresDatabase
) -> None:
    postgresql.run(
        "CREATE DOMAIN d AS text CHECK (value <> 'x') NOT NULL",
        "CREATE TABLE t (k int PRIMARY KEY, v d)",
        "INSERT INTO t VALUES (1, 'a')",
    )
    for value, kind in (("x", "check"), (None, "not_null")):
        code, said = command.apply(postgresql.target, update("t", {"k": 1}, {}, {"v": value}))
        assert code == 4
        (error,) = said["errors"]
        assert (error["change"], error["kind"], error["columns"]) == (0, kind, ["v"])
        assert "k = " not in error["message"]


@pytest.mark.parametrize(
    ("engine", "key", "after", "is_told"),
    [
        ("sqlite", "id INTEGER PRIMARY KEY", {}, False),
        ("sqlite", "id INTEGER PRIMARY KEY AUTOINCREMENT", {}, True),
        ("sqlite", "id INTEGER PRIMARY KEY AUTOINCREMENT", {"id": None}, True),
        ("sqlite", "id INTEGER PRIMARY KEY AUTOINCREMENT", {"id": 9}, False),
        ("sqlite", "id INTEGER PRIMARY KEY, n INTEGER DEFAULT 1", {}, False),
        ("postgresql", "id serial PRIMARY KEY", {}, True),
        ("postgresql", "id serial PRIMARY KEY", {"id": DEFAULT}, True),
        ("postgresql", "id serial PRIMARY KEY", {"id": "9"}, False),
        ("postgresql", "id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY", {}, True),
        ("postgresql", "id int PRIMARY KEY DEFAULT 1", {}, False),
    ],
)
def test_numbers_that_are_gone_for_good_are_told_of_and_no_others(
    request: pytest.FixtureRequest, engine: str, key: str, after: dict[str, Assigned], is_told: bool
) -> None:
    database: Database = request.getfixturevalue(engine)
    database.run(f"CREATE TABLE numbered ({key}, v text)")
    report = wait(database.apply(Insert(TableRef(None, "numbered"), {"v": "a", **after})))
    assert any("not given again" in note for note in report.notes) is is_told, report.notes
