"""`studio explain`: its JSON, its exit codes, and what it leaves behind."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from studio.cli.main import main

SAMPLES = Path(__file__).parents[1] / "samples"
DONE, USAGE, NO_CONNECTION, REFUSED, UNSAFE = 0, 2, 3, 4, 5


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);"
            "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 3000) "
            "INSERT INTO t SELECT i, 'x' || i FROM c;"
        )
    return str(path)


def asked(capsys, *arguments):
    code = main(["explain", *arguments])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


@pytest.mark.parametrize("place", [0, 1, 2])
def test_an_option_may_stand_anywhere(database, capsys, place):
    words = [database, "SELECT * FROM t"]
    code, out, _ = asked(capsys, *words[:place], "--analyze", *words[place:])
    assert code == DONE
    assert "3,000 rows returned" in out


def test_a_saved_plan_has_the_keys_of_the_contract(capsys):
    plan = str(SAMPLES / "explain" / "sort_spill" / "plan.json")
    code, out, err = asked(capsys, "--plan", plan, "--json")
    shown = json.loads(out)
    assert (code, err) == (DONE, "")
    assert shown["engine"] == "postgresql"
    assert (shown["execution_ms"], shown["planning_ms"]) == (1063.098, 0.073)
    assert (shown["root_inclusive_ms"], shown["outside_root_ms"]) == (1024.367, 38.731)
    assert shown["nodes"][0] == {
        "path": "0", "node": "Sort", "exclusive_ms": 902.917, "inclusive_ms": 1024.367,
        "exclusive_cost": 63961.42,
        "participants": 1, "loops": 1, "rows_total": 500_000, "estimate_factor": 1.0,
        "estimate_direction": "",
    }  # fmt: skip
    finding = shown["findings"][0]
    assert (finding["id"], finding["path"], finding["severity"]) == ("sort_spill", "0", "warning")
    assert finding["evidence"] == {"kb": 28832}
    assert {"says", "fix"} <= finding.keys()


def test_a_statement_of_sqlite_has_its_rows_and_when_measured_its_figures(capsys, database):
    sql = "SELECT * FROM t WHERE a = 'x7'"
    code, out, _ = asked(capsys, database, sql, "--json")
    planned = json.loads(out)
    assert (code, planned["actuals"]) == (DONE, None)
    assert planned["parsed"] == [{"id": 2, "parent": 0, "kind": "SCAN", "object": "t"}]
    assert planned["index_hints"][0]["columns"] == ["a"]
    code, out, _ = asked(capsys, database, sql, "--json", "--analyze")
    assert (code, json.loads(out)["actuals"]["rows_returned"]) == (DONE, 1)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ((), USAGE, "needs TARGET and SQL"),
        (("{db}",), USAGE, "needs TARGET and SQL"),
        (("{db}", "SELECT 1", "--plan", "x"), USAGE, "not both"),
        (("{db}", ""), USAGE, "no statement"),
        (("{db}", "-- nothing"), USAGE, "no statement"),
        (("--plan", "/nowhere/plan.json"), USAGE, "Cannot read"),
        (("{db}", "@/nowhere/query.sql"), USAGE, "Cannot read"),
        (("/nowhere/x.db", "SELECT 1"), NO_CONNECTION, "no file"),
        (("{db}", "SELECT * FROM nope"), REFUSED, "no such table: nope"),
        (("{db}", "PRAGMA journal_mode = off", "--analyze", "--yes"), REFUSED, "no plan"),
        (("{db}", "SELECT 1; DELETE FROM t", "--analyze", "--yes"), UNSAFE, "one statement"),
        (("{db}", "DELETE FROM t", "--analyze"), UNSAFE, "rolls it back"),
    ],
)
def test_what_cannot_be_explained_says_why(capsys, database, arguments, code, says):
    before = Path(database).read_bytes()
    given = [argument.replace("{db}", database) for argument in arguments]
    got, out, err = asked(capsys, *given, "--json")
    assert (got, out) == (code, "")
    assert says in err
    assert Path(database).read_bytes() == before


def test_measuring_a_write_leaves_nothing_behind(capsys, database):
    with closing(sqlite3.connect(database)) as connection:
        before = list(connection.iterdump())
    code, out, _ = asked(capsys, database, "DELETE FROM t", "--analyze", "--yes", "--json")
    assert code == DONE
    assert json.loads(out)["actuals"]["notes"] == ["3,000 rows changed, and rolled back"]
    with closing(sqlite3.connect(database)) as connection:
        assert list(connection.iterdump()) == before


def test_what_sqlite_would_not_undo_is_not_what_postgresql_would_not(capsys, database):
    _, _, err = asked(capsys, database, "DELETE FROM t", "--analyze")
    assert "sequences" not in err
    assert "advisory" not in err
