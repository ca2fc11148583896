"""Every recorded SQLite plan, with facts read from the database it was made in."""

import json
import sqlite3
from functools import cache
from pathlib import Path

import pytest

from studio.backends.sqlite.plans import explain, explain_facts, pasted
from studio.backends.sqlite.plans.explained import sqlite_explained

CASES = sorted((Path(__file__).parents[1] / "samples" / "explain_sqlite").iterdir())


def case_id(case):
    return case.name


def expected(case):
    return json.loads((case / "expected.json").read_text())


@cache
def database(schema):
    """Cases share their data; it is built once, and read or rolled back ever after."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.executescript(schema)
    return connection


def facts(connection):
    def rows(sql):
        return connection.execute(sql).fetchall()

    tables = rows(explain_facts.TABLES)
    counts = {row[0]: rows(f'SELECT count(*) FROM "{row[0]}"')[0][0] for row in tables}
    has_statistics = rows(explain_facts.HAS_STATISTICS)[0][0]
    statistics = rows(explain_facts.STATISTICS) if has_statistics else None
    return explain_facts.assemble(
        tables, rows(explain_facts.COLUMNS), rows(explain_facts.INDEXES), statistics, counts
    )


def read(case):
    connection = database((case / "schema.sql").read_text())
    steps = pasted.parse((case / "eqp.json").read_text())
    return sqlite_explained(steps, (case / "query.sql").read_text(), facts(connection))


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_every_line_is_read_by_the_grammar(case):
    assert read(case).as_json()["parsed"] == expected(case)["parsed"]


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_findings_that_must_come_come_and_no_others(case):
    wanted = expected(case)["findings"]
    found = {finding.id for finding in read(case).findings}
    assert set(wanted["must"]) <= found
    assert not found & set(wanted["must_not"])


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_every_hint_is_expected_and_the_planner_picks_it_up(case):
    sql, hints = (case / "query.sql").read_text(), read(case).hints
    wanted = [(hint["table"], hint["columns"]) for hint in expected(case)["index_hints"]]
    assert sorted((hint.table, list(hint.columns)) for hint in hints) == sorted(wanted)
    connection = database((case / "schema.sql").read_text())
    for hint in hints:
        connection.execute("SAVEPOINT before_index")
        connection.execute(hint.sql)
        plan = explain.steps(connection.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall())
        connection.execute("ROLLBACK TO before_index")
        connection.execute("RELEASE before_index")
        assert hint.sql.split()[2].strip('"') in {step.index for step in plan}
