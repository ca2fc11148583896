"""Plans and measurements on SQLite files, which stay as they are."""

import hashlib
import json
import sqlite3
from pathlib import Path

import pytest

from studio.backends.plans.consent import NeedsConsent
from studio.backends.sqlite.plans import explain_run
from studio.backends.sqlite.plans.outline import SqliteOutline
from studio.cli.main import main
from studio.db.session import Session
from studio.db.url import parse
from studio.explain.prove import prove
from studio.explain.run import Request, explain
from studio.model.errors import Refused, StatementFailed
from studio.model.finding import IndexHint

CASES = sorted((Path(__file__).parents[1] / "samples" / "explain_sqlite").iterdir())
SCHEMA = """
CREATE TABLE customers(id INTEGER PRIMARY KEY, email TEXT UNIQUE, city TEXT);
CREATE TABLE orders(id INTEGER PRIMARY KEY, customer_id INT, status TEXT, total REAL);
CREATE INDEX orders_status ON orders(status);
WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g WHERE i < 5000)
INSERT INTO customers SELECT i, 'u' || i, 'city' || (i % 300) FROM g;
WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g WHERE i < 30000)
INSERT INTO orders SELECT i, i % 5000, CASE i % 9 WHEN 0 THEN 'new' ELSE 'old' END, i % 700 FROM g;
ANALYZE;
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "shop.db"
    connection = sqlite3.connect(path)
    connection.executescript(SCHEMA)
    connection.close()
    return path


@pytest.fixture
async def session(file):
    opened = await Session.open(parse(str(file)))
    yield opened
    await opened.close()


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


async def test_a_plan_has_findings_and_hints_from_the_file_itself(session):
    run = await explain(session, Request("SELECT * FROM orders o WHERE o.customer_id = 7"))
    assert [f.id for f in run.shown.findings] == ["sqlite_full_scan"]
    assert [(h.table, h.columns) for h in run.shown.hints] == [("orders", ("customer_id",))]
    assert run.shown.actuals is None


async def test_measuring_counts_rows_and_steps_and_changes_nothing(session, file):
    before = digest(file)
    run = await explain(session, Request("SELECT * FROM orders WHERE total > 690", analyze=True))
    actuals = run.shown.actuals
    assert actuals.rows_returned == sum(1 for i in range(1, 30001) if i % 700 > 690)
    assert actuals.vm_steps > 60_000
    assert actuals.wall_ms <= actuals.first_ms
    assert dict(actuals.rows_per_loop) == {"orders": 30_000}
    assert digest(file) == before


async def test_rows_per_loop_are_what_reaches_each_loop(session):
    sql = (
        "SELECT count(*) FROM customers c JOIN orders o ON o.id = c.id "
        "WHERE c.city = 'city7' AND o.total > 5"
    )
    run = await explain(session, Request(sql, analyze=True))
    loops = dict(run.shown.actuals.rows_per_loop)
    assert set(loops) == {"c", "o"}
    assert loops["o"] == sum(1 for i in range(1, 5001) if i % 300 == 7)


async def test_a_write_asks_and_is_rolled_back(session, file):
    sql = "UPDATE orders SET total = 0 WHERE status = 'new'"
    with pytest.raises(NeedsConsent):
        await explain(session, Request(sql, analyze=True))
    run = await explain(session, Request(sql, analyze=True, consent=True))
    assert run.shown.actuals.notes == ("3,333 rows changed, and rolled back",)
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT count(*) FROM orders WHERE total = 0").fetchone()[0] == 42


async def test_a_measurement_that_takes_too_long_is_stopped_and_its_plan_shown(session):
    sql = (
        "WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g) "
        "SELECT max(i) FROM g, orders WHERE total = 7"
    )
    run = await explain(session, Request(sql, analyze=True, timeout_s=0.1))
    assert run.stopped.startswith("stopped after 0.1 s: 0 rows, about ")
    assert run.shown.actuals is None
    assert run.shown.findings
    assert run.shown.headline() == ["not executed", run.stopped]
    assert (await explain(session, Request("SELECT 1 FROM orders"))).shown.steps


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_counters_are_those_recorded_where_they_are_built_in(case):
    expected = json.loads((case / "expected.json").read_text())
    sql = (case / "query.sql").read_text()
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.executescript((case / "schema.sql").read_text())
    if expected["automatic_index"] in {False, "off"}:
        connection.execute("PRAGMA automatic_index = off")
    actuals = explain_run.measure(connection, sql, runs=1)
    wanted = expected["actuals"]
    assert actuals.rows_returned == wanted["rows_returned"]
    if actuals.exact:
        assert actuals.fullscan_steps == pytest.approx(wanted["stmt_status"]["fullscan_steps"])
        assert actuals.sorts == wanted["stmt_status"]["sorts"]
        assert actuals.autoindex_rows == wanted["stmt_status"]["autoindex_rows"]
    assert actuals.vm_steps == pytest.approx(wanted["vm_steps"], rel=0.02, abs=1_100)


async def test_an_index_that_helps_is_proved_on_a_copy(session, file):
    before = digest(file)
    sql = "SELECT * FROM orders WHERE customer_id = 7"
    hint = (await explain(session, Request(sql))).shown.hints[0]
    proof = await prove(session, sql, [hint])
    assert proof.used
    assert proof.helps
    assert digest(file) == before


async def test_an_index_that_does_not_help_is_said_not_to(session):
    hint = IndexHint("orders", ("total",), "CREATE INDEX t ON orders(total);")
    proof = await prove(session, "SELECT sum(total) FROM orders WHERE id + 0 > 5", [hint])
    assert not proof.helps or proof.used
    unused = await prove(session, "SELECT * FROM customers WHERE id = 5", [hint])
    assert not unused.used
    assert not unused.helps


async def test_indexes_of_one_fix_are_tried_together(session):
    sql = "SELECT * FROM orders WHERE customer_id = 7 OR total = 3"
    hints = [
        IndexHint("orders", (column,), f"CREATE INDEX tried_{column} ON orders ({column});")
        for column in ("customer_id", "total", "nothing")
    ]
    proof = await prove(session, sql, hints)
    assert proof.used == proof.built == tuple(hints[:2])
    assert proof.left_out[0][0] is hints[2]
    alone = await prove(session, sql, hints[:1])
    assert not alone.used


async def test_nothing_is_proved_on_a_write(session):
    hint = IndexHint("orders", ("total",), "CREATE INDEX t ON orders(total);")
    with pytest.raises(Refused):
        await prove(session, "DELETE FROM orders", [hint])


def test_the_command_line_prints_the_contract(file, capsys):
    sql = "SELECT * FROM orders WHERE customer_id = 7"
    assert main(["explain", str(file), sql, "--json", "--analyze"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["engine"] == "sqlite"
    assert shown["parsed"] == [
        {"id": shown["parsed"][0]["id"], "parent": 0, "kind": "SCAN", "object": "orders"}
    ]
    assert shown["actuals"]["rows_returned"] == 6
    assert shown["index_hints"][0]["columns"] == ["customer_id"]
    assert main(["explain", str(file), "DELETE FROM orders", "--analyze"]) == 5
    assert "All of it is undone but" in capsys.readouterr().err
    assert main(["explain", str(file)]) == 2
    assert main(["explain", str(file), "SELECT 1; SELECT 2"]) == 5
    assert main(["explain", str(file), "SELECT * FROM nothing"]) == 4


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("SELECT * FROM orders o WHERE o.customer_id = 7", {"orders"}),
        ("SELECT * FROM main.orders WHERE customer_id = 7", {"orders"}),
        ("SELECT * FROM orders WHERE id = 7", {"orders"}),
        ("SELECT total FROM orders WHERE status = 'new'", {"orders", "orders_status"}),
    ],
)
async def test_pages_of_what_a_plan_reads_are_counted(session, file, sql, names):
    run = await explain(session, Request(sql, analyze=True))
    connection = sqlite3.connect(file)
    counted = "SELECT name, count(*) FROM dbstat GROUP BY name"
    there = dict(connection.execute(counted).fetchall())
    connection.close()
    assert dict(run.shown.actuals.pages) == {name: there[name] for name in names}
    assert SqliteOutline(run.shown).pages(0) in there.values()


SHAPED = ["plain", "😀t", "𝒳", "t\u0301able", "ſet", "\U0010fffft", "ταβλ"]


@pytest.mark.parametrize("quoted", [False, True])
@pytest.mark.parametrize("name", SHAPED)
async def test_a_name_of_any_letters_is_read_like_a_plain_one(tmp_path, name, quoted):
    path = tmp_path / "names.db"
    written = f'"{name}"' if quoted else name
    connection = sqlite3.connect(path)
    connection.executescript(
        f"CREATE TABLE {written}(a, b); WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL "
        f"SELECT i + 1 FROM g WHERE i < 50000) INSERT INTO {written} SELECT i % 9000, i FROM g;"
    )
    connection.close()
    session = await Session.open(parse(str(path)))
    try:
        run = await explain(session, Request(f"SELECT b FROM {written} WHERE a = 5"))
    finally:
        await session.close()
    assert [f.id for f in run.shown.findings] == ["sqlite_full_scan"]
    assert [(h.table, h.columns) for h in run.shown.hints] == [(name, ("a",))]


@pytest.mark.parametrize(
    ("sql", "values", "rows"),
    [
        ("SELECT * FROM orders WHERE id + 0 BETWEEN :low AND @high", (5, 9), 5),
        ("SELECT * FROM orders WHERE id = ?2 OR id = ?1 OR id = :a", (1, 2, 3), 3),
        ("SELECT * FROM orders WHERE id + 0 = ?", ("5",), 0),
    ],
)
async def test_a_measurement_has_the_values_of_its_parameters(session, sql, values, rows):
    run = await explain(session, Request(sql, analyze=True, values=values))
    assert run.shown.actuals.rows_returned == rows


async def test_a_measured_write_has_them_too(session, file):
    before = digest(file)
    sql = "DELETE FROM orders WHERE id <= :last"
    run = await explain(session, Request(sql, analyze=True, consent=True, values=(7,)))
    assert run.shown.actuals.notes == ("7 rows changed, and rolled back",)
    assert digest(file) == before


async def test_a_measurement_without_them_says_what_is_missing(session):
    with pytest.raises(StatementFailed, match="parameter :id"):
        await explain(session, Request("SELECT * FROM orders WHERE id = :id", analyze=True))
