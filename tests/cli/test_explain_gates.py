"""`studio explain` in a pipeline: what fails, by which words, and with which exit code."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from studio.cli import explain_target
from studio.cli.main import main

DONE, FAILED, USAGE, REFUSED = 0, 1, 2, 4
QUERIES = """\
-- name: by_id :one
SELECT * FROM t WHERE id = 5;

SELECT * FROM t WHERE b = 7;
"""
WRAPPED = """\
Sort  (cost=10.00..11.00 rows=5 width=4) (actual time=9.000..9.100 rows=5 loops=1)
  ->  Seq Scan on t  (cost=0.00..8.00 rows=5 width=4) (actual time=0.010..8.000 rows=5 loops=1)
        Filter: (a = 'some long con…
Execution Time: 9.500 ms
"""


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, b INT);"
            "WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g WHERE i < 5000)"
            "INSERT INTO t SELECT i, i % 50, i % 900 FROM g; ANALYZE;"
        )
    return str(path)


@pytest.fixture
def queries(tmp_path):
    path = tmp_path / "queries.sql"
    path.write_text(QUERIES)
    return f"@{path}"


def asked(capsys, *arguments):
    try:
        code = main(["explain", *map(str, arguments)])
    except SystemExit as ended:
        code = ended.code
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def change(database, sql):
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(sql)


def test_every_statement_of_a_file_is_named_in_the_report(capsys, database, queries):
    code, out, _ = asked(capsys, database, queries)
    assert code == DONE
    assert "== queries.sql:2 by_id  ok" in out
    assert "== queries.sql:4  ok" in out
    code, out, _ = asked(capsys, database, queries, "--json")
    told = json.loads(out)["statements"]
    assert [one["statement"] for one in told] == ["queries.sql:2 by_id", "queries.sql:4"]
    assert [one["engine"] for one in told] == ["sqlite", "sqlite"]


@pytest.mark.parametrize(
    ("gate", "code"),
    [
        (("--fail-on", "warning"), FAILED),
        (("--fail-on", "error"), DONE),
        (("--fail-on", "sqlite_full_scan"), FAILED),
        (("--fail-on", "sqlite_skip_scan"), DONE),
        (("--fail-on", "sqlite_skip_scan", "--fail-on", "info"), FAILED),
        (("--max-rows-read", "1000"), FAILED),
        (("--max-rows-read", "9000"), DONE),
        (("--analyze", "--max-ms", "60000"), DONE),
        (("--analyze", "--max-ms", "0.000001"), FAILED),
        (("--max-ms", "5"), USAGE),
        (("--max-ms", "-5", "--analyze"), USAGE),
        (("--update",), USAGE),
    ],
)
def test_a_gate_fails_what_it_is_for(capsys, database, queries, gate, code):
    got, _, err = asked(capsys, database, queries, *gate)
    assert got == code
    if code == FAILED:
        assert "queries.sql:4: fails " in err


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("nonsense", ""),
        ("sqlite_full_scna", "sqlite_full_scan"),
        ("seq-scan-filter", "seq_scan_filter"),
        ("Warning", "warning"),
        ("", ""),
        ("\x1b[2J", ""),
    ],
)
def test_a_word_that_is_no_finding_is_no_gate(capsys, database, queries, word, meant):
    code, out, err = asked(capsys, database, queries, "--fail-on", "error", "--fail-on", word)
    assert (code, out) == (USAGE, "")
    assert "no severity (info, warning, error)" in err
    assert f"mean {meant}" in err if meant else "mean" not in err
    assert "\x1b" not in err


def test_a_word_is_read_before_the_plan(capsys, tmp_path):
    code, _, err = asked(capsys, "--plan", tmp_path / "absent", "--fail-on", "sort_spil")
    assert (code, "mean sort_spill" in err) == (USAGE, True)


def test_only_the_statement_that_fails_is_said_to(capsys, database, queries):
    _, out, err = asked(capsys, database, queries, "--fail-on", "warning")
    assert "== queries.sql:2 by_id  ok" in out
    assert "== queries.sql:4  FAILS" in out
    assert "by_id" not in err


def test_a_statement_that_is_refused_stops_no_other(capsys, database, tmp_path):
    path = tmp_path / "q.sql"
    path.write_text("SELECT * FROM nope;\nSELECT 1;\n")
    code, out, err = asked(capsys, database, f"@{path}", "--json")
    first, second = json.loads(out)["statements"]
    assert code == REFUSED
    assert "no such table: nope" in first["error"]
    assert second["error"] is None
    assert "q.sql:1: " in err


def test_what_is_no_text_is_not_read_as_statements(capsys, database, tmp_path):
    for where in ((database, f"@{database}"), ("--plan", database)):
        code, out, err = asked(capsys, *where)
        assert (code, out) == (USAGE, "")
        assert err == f"studio: {database} is no text: neither statements nor a plan.\n"
    wide = tmp_path / "wide.sql"
    wide.write_text("SELECT 1;", encoding="utf-16")
    assert asked(capsys, database, f"@{wide}")[0] == DONE


def test_a_plan_that_got_worse_fails_and_one_that_did_not_does_not(
    capsys, database, queries, tmp_path
):
    plans = tmp_path / "plans.json"
    change(database, "CREATE INDEX t_b ON t(b); ANALYZE")
    assert asked(capsys, database, queries, "--baseline", plans)[0] == USAGE
    assert asked(capsys, database, queries, "--baseline", plans, "--update")[0] == DONE
    written = plans.read_text()
    assert asked(capsys, database, queries, "--baseline", plans)[0] == DONE
    change(database, "INSERT INTO t(a, b) SELECT a, b FROM t WHERE id < 500; ANALYZE")
    assert asked(capsys, database, queries, "--baseline", plans)[0] == DONE
    change(database, "DROP INDEX t_b")
    code, _, err = asked(capsys, database, queries, "--baseline", plans)
    assert code == FAILED
    assert "SEARCH t USING INDEX t_b (b=?) → SCAN t" in err
    assert plans.read_text() == written
    assert asked(capsys, database, queries, "--baseline", plans, "--update")[0] == DONE
    assert asked(capsys, database, queries, "--baseline", plans)[0] == DONE


def test_a_statement_the_baseline_does_not_know_fails(capsys, database, queries, tmp_path):
    plans = tmp_path / "plans.json"
    asked(capsys, database, queries, "--baseline", plans, "--update")
    Path(queries[1:]).write_text(f"{QUERIES}SELECT a FROM t WHERE id = 9 AND b = 3;\n")
    code, _, err = asked(capsys, database, queries, "--baseline", plans)
    assert code == FAILED
    assert "queries.sql:5: fails baseline: this statement is not in it" in err


@pytest.mark.parametrize("text", ["{", "[]", '{"version": 1}', '{"version": 9, "plans": {}}'])
def test_what_is_no_baseline_is_refused(capsys, database, queries, tmp_path, text):
    plans = tmp_path / "plans.json"
    plans.write_text(text)
    assert asked(capsys, database, queries, "--baseline", plans)[0] == USAGE
    assert plans.read_text() == text


def test_a_measurement_that_runs_out_of_time_shows_the_estimate(capsys, database):
    slow = (
        "WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g WHERE i < 1e9) "
        "SELECT count(*) FROM g, t WHERE b = 7"
    )
    code, out, err = asked(capsys, database, slow, "--analyze", "--timeout", "0.2", "--json")
    shown = json.loads(out)
    assert code == REFUSED
    assert shown["actuals"] is None
    assert shown["findings"]
    assert "stopped after 0.2 s" in shown["notes"][0]
    assert "VM steps" in err


def test_a_saved_plan_that_was_cut_does_not_exit_with_0(capsys, tmp_path):
    path = tmp_path / "plan.txt"
    path.write_text(WRAPPED)
    code, out, err = asked(capsys, "--plan", path)
    assert code == FAILED
    assert "note: 1 line cut off" in out
    assert "not read" in err


HEALTHY = (
    ("SELECT * FROM t WHERE id = 5", 1),
    ("SELECT * FROM t LIMIT 5 OFFSET 7", 12),
    ("SELECT * FROM t WHERE b = 7", 10),
    ("SELECT * FROM t WHERE b > 7 AND b < 9", 313),
    ("SELECT max(id) FROM t", 1),
    ("SELECT u.a FROM t u JOIN t v ON v.id = u.a WHERE u.b = 7", 20),
)


@pytest.mark.parametrize(("sql", "most"), HEALTHY)
def test_without_statistics_rows_are_expected_as_sqlite_expects_them(capsys, database, sql, most):
    change(database, "CREATE INDEX t_b ON t(b); DROP TABLE sqlite_stat1")
    assert asked(capsys, database, sql, "--max-rows-read", most)[0] == DONE
    code, _, err = asked(capsys, database, sql, "--max-rows-read", most * 0.9)
    assert code == FAILED
    assert "rows read: ~" in err


def test_rows_that_were_counted_are_no_estimate(capsys, database):
    sql = "SELECT * FROM t WHERE b = 7"
    code, _, err = asked(capsys, database, sql, "--analyze", "--max-rows-read", 4_999)
    assert code == FAILED
    assert "rows read: 5,000 is more than 4,999" in err


def test_an_index_that_is_gone_is_a_plan_that_got_worse_without_statistics_too(
    capsys, database, tmp_path
):
    plans, sql = tmp_path / "plans.json", "SELECT * FROM t WHERE b = 7"
    change(database, "CREATE INDEX t_b ON t(b); DROP TABLE sqlite_stat1")
    assert asked(capsys, database, sql, "--baseline", plans, "--update")[0] == DONE
    change(database, "DROP INDEX t_b")
    assert asked(capsys, database, sql, "--baseline", plans)[0] == FAILED


def test_a_baseline_of_another_engine_is_none(capsys, database, tmp_path, postgres):
    plans = tmp_path / "plans.json"
    assert asked(capsys, database, "SELECT 1", "--baseline", plans, "--update")[0] == DONE
    written = plans.read_text()
    for more in ((), ("--update",)):
        code, _, err = asked(capsys, postgres, "SELECT 1", "--baseline", plans, *more)
        assert code == USAGE
        assert "holds plans of sqlite, not of postgresql" in err
    assert plans.read_text() == written
    old = json.loads(written)
    del old["engine"]
    plans.write_text(json.dumps(old))
    assert asked(capsys, database, "SELECT 1", "--baseline", plans)[0] == DONE


@pytest.mark.parametrize("cost", ["NaN", "Infinity", "true", '"7"'])
def test_a_cost_that_is_no_number_is_no_baseline(capsys, database, tmp_path, cost):
    plans = tmp_path / "plans.json"
    plan = f'{{"shape": ["SCAN t"], "cost": {cost}, "rows_read": 1}}'
    plans.write_text(f'{{"version": 1, "plans": {{"x": {plan}}}}}')
    assert asked(capsys, database, "SELECT 1", "--baseline", plans)[0] == USAGE


ALIKE = ("SELECT a FROM t WHERE id = 5", "SELECT a FROM t WHERE id = 6 ", "SELECT b FROM t")


def test_statements_that_change_places_are_compared_with_themselves(capsys, database, tmp_path):
    plans, file = tmp_path / "plans.json", tmp_path / "q.sql"
    named = ["-- name: twice\nSELECT * FROM t WHERE id = 1", "-- name: twice\nSELECT * FROM t"]
    statements = [*ALIKE, *named, ALIKE[0]]
    file.write_text(";\n".join(statements))
    assert asked(capsys, database, f"@{file}", "--baseline", plans, "--update")[0] == DONE
    file.write_text(";\n".join(reversed(statements)))
    assert asked(capsys, database, f"@{file}", "--baseline", plans)[0] == DONE
    file.write_text("; ".join(statements[:3]))
    assert asked(capsys, database, f"@{file}", "--baseline", plans)[0] == DONE


ONE = "-----\n Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n(1 row)\n\n"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (f" QUERY PLAN\n{ONE}", "the first plan of this text was read, no other"),
        (" count \n-------\n     5\n(1 row)\n", "2 lines of this text not read, first: count"),
    ],
)
def test_what_was_not_read_beside_a_plan_is_named(capsys, tmp_path, more, said):
    (tmp_path / "p.txt").write_text(f" QUERY PLAN\n{ONE}{more}")
    code, _, err = asked(capsys, "--plan", str(tmp_path / "p.txt"))
    assert code == 1
    assert said in err


def test_a_second_plan_in_json_is_named_too(capsys, tmp_path):
    one = json.dumps([{"Plan": {"Node Type": "Result", "Total Cost": 0.01, "Plan Rows": 1}}])
    for text, code in (
        (one, 0),
        (f"{one}\n(1 row)\n", 0),
        (f"{one}\n{one}\n", 1),
        (f"{one}\n[{{", 1),
    ):
        (tmp_path / "p.json").write_text(text)
        given, _, err = asked(capsys, "--plan", str(tmp_path / "p.json"))
        assert given == code, text
        assert ("the first plan of this text was read, no other" in err) == bool(code)


def test_a_name_is_all_of_its_line_and_another_statement_changes_no_key(capsys, database, tmp_path):
    named = "-- name: by customer :many\nSELECT * FROM t WHERE a = 'x'"
    other = "-- name: by id\nSELECT * FROM t WHERE id = 1"
    (tmp_path / "q.sql").write_text(named)
    baseline = str(tmp_path / "plans.json")
    gate = ("--baseline", baseline)
    assert asked(capsys, database, f"@{tmp_path / 'q.sql'}", *gate, "--update")[0] == 0
    assert set(json.loads(Path(baseline).read_text())["plans"]) == {"by customer"}
    (tmp_path / "q.sql").write_text(f"{other};\n{named}")
    _, out, err = asked(capsys, database, f"@{tmp_path / 'q.sql'}", *gate)
    assert "q.sql:2 by id: fails baseline" in err
    assert "by customer" not in err
    assert "by customer" in out


def test_two_statements_of_one_line_have_two_names(capsys, database, tmp_path):
    file = tmp_path / "q.sql"
    file.write_text("SELECT 1; SELECT 2;\nSELECT 3")
    shown = json.loads(asked(capsys, database, f"@{file}", "--json")[1])
    names = [statement["statement"] for statement in shown["statements"]]
    assert names == ["q.sql:1:1", "q.sql:1:11", "q.sql:2"]


@pytest.mark.parametrize("text", ["", "-- nothing here\n", ";;", "/* nor here */;\n"])
def test_a_file_without_a_statement_is_no_pass(capsys, database, tmp_path, text):
    file, plans = tmp_path / "q.sql", tmp_path / "plans.json"
    file.write_text(text)
    code, out, err = asked(capsys, database, f"@{file}", "--baseline", plans, "--update")
    assert (code, out) == (USAGE, "")
    assert "no statement to explain" in err
    assert not plans.exists()


def test_a_run_that_explains_nothing_leaves_the_baseline(capsys, database, tmp_path):
    plans = tmp_path / "plans.json"
    assert asked(capsys, database, "SELECT 1", "--baseline", plans, "--update")[0] == DONE
    written = plans.read_text()
    file = tmp_path / "q.sql"
    file.write_text("SELECT nothing FROM nowhere; SELECT 1 FROM nowhere")
    assert asked(capsys, database, f"@{file}", "--baseline", plans, "--update")[0] == REFUSED
    assert plans.read_text() == written


def test_only_what_is_slow_each_time_is_too_slow(capsys, database, monkeypatch):
    times = iter((50.0, 40.0, 3.0))
    real = explain_target.explain

    async def timed(session, request):
        run = await real(session, request)
        actuals = replace(run.shown.actuals, wall_ms=next(times))
        return replace(run, shown=replace(run.shown, actuals=actuals))

    monkeypatch.setattr(explain_target, "explain", timed)
    assert asked(capsys, database, "SELECT 1", "--analyze", "--max-ms", 5)[0] == DONE
    assert not [*times]
