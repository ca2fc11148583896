"""`studio apply` and `studio undo`: cli.md's JSON and exit codes, on both engines."""

import json
from pathlib import Path

import pytest

from studio.cli.main import main
from tests.edits.databases import Database


@pytest.fixture(autouse=True)
def table(database: Database) -> None:
    database.run(
        "CREATE TABLE events (id integer PRIMARY KEY, kind text UNIQUE, n numeric)",
        "INSERT INTO events VALUES (7, 'login', 1.5), (9, 'view', NULL)",
    )


def run(database: Database, tmp_path: Path, capsys, document: object, *flags: str):
    file = tmp_path / "set.json"
    file.write_text(document if isinstance(document, str) else json.dumps(document))
    code = main(["apply", database.target, str(file), "--json", *flags])
    out = capsys.readouterr().out
    return code, json.loads(out) if out else None


UPDATE = {
    "op": "update", "schema": None, "table": "events",
    "identity": {"id": 7}, "before": {"kind": "login", "n": 1.5}, "after": {"kind": "signup"},
}  # fmt: skip
INSERT = {"op": "insert", "table": "events", "after": {"id": 1, "kind": "x"}}
DELETE = {"op": "delete", "table": "events", "identity": {"id": 9}, "before": {"kind": "view"}}


def test_tried_applied_and_taken_back(database: Database, tmp_path: Path, capsys) -> None:
    document = {"changes": [UPDATE, INSERT, DELETE]}
    before = database.run("SELECT * FROM events ORDER BY id")
    tried = {"outcome": "tried", "rows": {"events": 3}, "conflicts": [], "errors": [], "notes": []}
    assert run(database, tmp_path, capsys, document, "--try") == (0, tried)
    assert database.run("SELECT * FROM events ORDER BY id") == before
    assert run(database, tmp_path, capsys, document) == (0, {**tried, "outcome": "applied"})
    assert main(["undo", database.target, "--list", "--json"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)["applied"]
    assert (entry["outcome"], entry["undone_by"]) == ("applied", None)
    assert main(["undo", database.target, "--last", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["outcome"] == "applied"
    assert database.run("SELECT * FROM events ORDER BY id") == before
    assert main(["undo", database.target, "--last"]) == 2


def test_a_conflict_is_exit_5_with_the_row_as_it_is(
    database: Database, tmp_path: Path, capsys
) -> None:
    database.run("UPDATE events SET kind = 'moved' WHERE id = 7")
    code, said = run(database, tmp_path, capsys, {"changes": [UPDATE]})
    assert code == 5
    assert said["outcome"] == "nothing"
    ((conflict),) = said["conflicts"]
    assert conflict["change"] == 0
    assert {name: conflict["now"][name] for name in ("id", "kind")} == {"id": 7, "kind": "moved"}


def test_a_refusal_by_the_database_is_exit_4(database: Database, tmp_path: Path, capsys) -> None:
    twice = {"op": "insert", "table": "events", "after": {"id": 2, "kind": "view"}}
    code, said = run(database, tmp_path, capsys, {"changes": [INSERT, twice]})
    assert code == 4
    (error,) = said["errors"]
    assert (error["change"], error["kind"], error["columns"]) == (1, "unique", ["kind"])
    assert "id = " in error["message"]


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{", '{"changes": 1}', '{"changes": [1]}', '{"changes": [{"op": "upsert"}]}',
        '{"changes": [], "more": 1}', '{"changes": [{"op": "delete", "table": "events"}]}',
        '{"changes": [{"op": "insert", "table": "events", "after": {"kind": [1]}}]}',
        '{"changes": [{"op": "insert", "table": "events", "after": {"n": NaN}}]}',
        '{"changes": [{"op": "insert", "table": "events", "after": {"n": {"$type": "x"}}}]}',
    ],
)  # fmt: skip
def test_a_malformed_set_is_exit_2_and_a_sentence(
    database: Database, tmp_path: Path, capsys, text: str
) -> None:
    assert run(database, tmp_path, capsys, text) == (2, None)


def test_read_only_is_refused(database: Database, tmp_path: Path, capsys) -> None:
    code, said = run(database, tmp_path, capsys, {"changes": [UPDATE]}, "--read-only")
    assert (code, said["outcome"]) == (5, "nothing")
    assert database.run("SELECT kind FROM events WHERE id = 7") == [("login",)]
