"""What a row holds already is never written: an UPDATE of it would still fire triggers."""

import json
from pathlib import Path

import pytest

from studio.cli.main import main
from studio.model.apply_report import ApplyOutcome
from studio.model.catalog import TableRef
from studio.model.change import Update
from studio.model.change_set import ChangeSet
from studio.model.page import Value
from tests.edits.databases import Database, PostgresDatabase, wait

TABLE = TableRef(None, "t")
LOGGED = {
    "sqlite": (
        "CREATE TABLE log (id integer PRIMARY KEY, what text)",
        "CREATE TRIGGER watch AFTER UPDATE ON t BEGIN INSERT INTO log (what)"
        " VALUES (old.id || ''); END",
    ),
    "postgresql": (
        "CREATE TABLE log (id serial PRIMARY KEY, what text)",
        "CREATE FUNCTION told() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " INSERT INTO log (what) VALUES (old.id::text); RETURN NULL; END $$",
        "CREATE TRIGGER watch AFTER UPDATE ON t FOR EACH ROW EXECUTE FUNCTION told()",
    ),
}


def prepared(database: Database, columns: str, *rows: str) -> None:
    database.run(f"CREATE TABLE t (id integer PRIMARY KEY, {columns})")
    for row in rows:
        database.run(f"INSERT INTO t VALUES ({row})")
    database.run(*LOGGED[database.engine])


def logged(database: Database) -> list[str]:
    return [str(what) for (what,) in database.run("SELECT what FROM log ORDER BY id")]


def command(database: Database, tmp_path: Path, capsys, *changes: object, flags=("--json",)):
    file = tmp_path / "set.json"
    file.write_text(json.dumps({"changes": changes}))
    code = main(["apply", database.target, str(file), *flags])
    return code, capsys.readouterr().out


def update(row: int, before: dict[str, object], after: dict[str, object]) -> dict[str, object]:
    identity = {"id": row}
    return {"op": "update", "table": "t", "identity": identity, "before": before, "after": after}


def test_only_rows_that_hold_something_else_are_written(database: Database) -> None:
    prepared(database, "v text, w text", "1, 'a', 'x'", "2, 'b', 'x'", "3, 'a', 'x'")
    value = database.value
    staged = ChangeSet(
        Update(TABLE, {"id": value(row)}, {"v": was, "w": "x"}, {"v": "a", "w": "x"})
        for row, was in ((1, "a"), (2, "b"), (3, "a"))
    )
    assert [dict(change.after) for change in staged] == [{"v": "a"}]
    report = wait(database.apply(*staged))
    assert (report.outcome, sum(report.rows.values())) == (ApplyOutcome.APPLIED, 1)
    assert logged(database) == ["2"]


def test_a_file_that_says_what_rows_hold_writes_none_of_them(
    database: Database, tmp_path: Path, capsys
) -> None:
    prepared(database, "v text, w text", "1, 'a', 'x'", "2, 'b', 'y'")
    held = update(1, {"v": "a"}, {"v": "a"})
    for flags in ((), ("--try",)):
        code, said = command(database, tmp_path, capsys, held, flags=flags)
        assert (code, said) == (0, "nothing to do: no row would hold anything else\n")
    code, said = command(database, tmp_path, capsys, held)
    assert (code, json.loads(said)["outcome"]) == (0, "nothing")
    # Beside a change that is needed, and one of which a part is.
    code, said = command(
        database, tmp_path, capsys, held, update(2, {"v": "b", "w": "y"}, {"v": "c", "w": "y"})
    )
    assert (code, json.loads(said)["rows"]) == (0, {"t": 1})
    assert logged(database) == ["2"]
    assert database.run("SELECT v, w FROM t ORDER BY id") == [("a", "x"), ("c", "y")]
    assert main(["undo", database.target, "--last", "--json"]) == 0
    assert database.run("SELECT v, w FROM t ORDER BY id") == [("a", "x"), ("b", "y")]
    assert logged(database) == ["2", "2"]


def test_a_row_that_moved_stops_the_set_though_it_need_not_be_written(
    database: Database, tmp_path: Path, capsys
) -> None:
    prepared(database, "v text", "1, 'moved'", "2, 'b'")
    held, needed = update(1, {"v": "a"}, {"v": "a"}), update(2, {"v": "b"}, {"v": "c"})
    for changes in ([held], [held, needed], [needed, held]):
        code, said = command(database, tmp_path, capsys, *changes)
        report = json.loads(said)
        assert (code, report["outcome"]) == (5, "nothing")
        assert [one["change"] for one in report["conflicts"]] == [changes.index(held)]
    assert database.run("SELECT v FROM t ORDER BY id") == [("moved",), ("b",)]
    assert logged(database) == []


def test_a_row_is_looked_at_in_its_turn(database: Database, tmp_path: Path, capsys) -> None:
    prepared(database, "v text", "1, 'a'")
    steps = (update(1, {"v": "a"}, {"v": "b"}), update(1, {"v": "b"}, {"v": "b"}))
    code, said = command(database, tmp_path, capsys, *steps)
    assert (code, json.loads(said)["rows"]) == (0, {"t": 1})
    assert logged(database) == ["1"]


def test_a_set_without_changes_says_that_there_is_nothing_to_do(
    database: Database, tmp_path: Path, capsys
) -> None:
    prepared(database, "v text")
    for flags in ((), ("--try",)):
        code, said = command(database, tmp_path, capsys, flags=flags)
        assert (code, said) == (0, "nothing to do: no row would hold anything else\n")
    code, said = command(database, tmp_path, capsys)
    assert (code, json.loads(said)["outcome"]) == (0, "nothing")
    assert main(["undo", database.target, "--list"]) == 0
    assert capsys.readouterr().out == ""


SPELLINGS: tuple[tuple[str, str, str, bool], ...] = (
    ("integer", "7", "+7", True),
    ("boolean", "t", "yes", True),
    ("numeric", "1.0", "1.00", False),
    ("numeric", "1.0", "1.0", True),
    ("numeric(8,2)", "1.50", "1.5", True),
    ("double precision", "1", "1.0", True),
    ("double precision", "0", "-0", False),
    ("double precision", "NaN", "nan", True),
    ("double precision", "Infinity", "inf", True),
    ("real", "1e+30", "1E30", True),
    ("bytea", r"\x4a", r"\x4A", True),
    ("bytea", r"\x4a", r"\x4b", False),
    ("uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "A0EEBC999C0B4EF8BB6D6BB9BD380A11", True),
    ("date", "2026-01-31", "January 31, 2026", True),
    ("timestamp", "2026-01-31 00:00:00", "2026-01-31", True),
    ("interval", "1 mon", "30 days", False),
    ("interval", "01:00:00", "1 hour", True),
    ("json", '{"a": 1, "b": 2}', '{"b": 2, "a": 1}', False),
    ("jsonb", '{"a": 1, "b": 2}', '{"b":2,"a":1}', True),
    ("int4range", "[1,3)", "[1,2]", True),
    ("integer[]", "{1,2}", "{1, 2}", True),
    ("inet", "::1", "0:0:0:0:0:0:0:1", True),
    ("text", "a", "A", False),
    ("character varying(3)", "abc", "abcd", False),
    ("character varying(3)", "abc", "abc  ", True),
    ("character varying(3)", "abc", "ab ", False),
    ("character(5)", "ab   ", "ab", True),
    ("character(5)", "ab   ", "ab       ", True),
    ("character(5)", "ab   ", "a b", False),
    ("character(2)", "ab", "abcd", False),
)


@pytest.mark.parametrize(("kind", "was", "given", "is_same"), SPELLINGS)
def test_the_server_says_whether_another_spelling_is_the_same_value(
    postgresql: PostgresDatabase, kind: str, was: str, given: str, is_same: bool
) -> None:
    prepared(postgresql, f"v {kind}", f"1, '{was}'")
    change = Update(TABLE, {"id": "1"}, {"v": was}, {"v": given})
    report = wait(postgresql.apply(change))
    if is_same:
        assert report.had_nothing_to_do, (report.errors, report.conflicts)
    else:
        assert report.outcome is ApplyOutcome.APPLIED or report.errors
    assert logged(postgresql) == ([] if is_same or report.errors else ["1"])


@pytest.mark.parametrize("bad", ["2026-02-31", "soon", ""])
def test_what_the_server_cannot_read_is_refused_where_it_is_written(
    postgresql: PostgresDatabase, bad: str
) -> None:
    prepared(postgresql, "v date, w date", "1, '2026-01-31', '2026-01-31'")
    row: dict[str, Value] = {"v": "2026-01-31", "w": "2026-01-31"}
    after: dict[str, Value] = {"v": bad, "w": "31 January 2026"}
    report = wait(postgresql.apply(Update(TABLE, {"id": "1"}, row, after)))
    assert [error.change for error in report.errors] == [0]
