"""Rows at fault in PostgreSQL: a finding about rows has the condition that finds them."""

import psycopg
import pytest

from studio.db.session import Session
from studio.db.url import parse
from tests.doctor.sample_databases import report_of
from tests.postgres import run_sql

TABLES = """
CREATE SCHEMA "odd ""%s";
CREATE TABLE "odd ""%s".parent (a int, b int, PRIMARY KEY (a, b));
INSERT INTO "odd ""%s".parent VALUES (1, 1);
CREATE TABLE parent (id int PRIMARY KEY, a int, "b""%" int CHECK (id > 0));
INSERT INTO parent VALUES (1, 1, 1), (2, 1, 2), (3, NULL, 7), (4, 9, 9);
ALTER TABLE parent ADD CONSTRAINT wide FOREIGN KEY (a, "b""%") REFERENCES "odd ""%s".parent
  NOT VALID;
ALTER TABLE parent ADD CONSTRAINT small CHECK ("b""%" < 8 AND a < 9) NOT VALID;
CREATE TABLE tree (id int PRIMARY KEY, up int);
INSERT INTO tree VALUES (1, NULL), (2, 1), (3, 8);
ALTER TABLE tree ADD CONSTRAINT up FOREIGN KEY (up) REFERENCES tree NOT VALID;
CREATE TABLE off (id int PRIMARY KEY, tree_id int CONSTRAINT unseen REFERENCES tree);
ALTER TABLE off DISABLE TRIGGER ALL;
INSERT INTO off VALUES (1, 2), (2, 99), (3, NULL);
CREATE TABLE counted (id serial PRIMARY KEY);
INSERT INTO counted DEFAULT VALUES;
INSERT INTO counted VALUES (2), (7);
CREATE TABLE ticket (id int PRIMARY KEY, expires_at timestamptz);
INSERT INTO ticket SELECT g, now() + (1900.5 - g) * interval '-1 hour' - interval '2 days'
  FROM generate_series(1, 2000) g;
ANALYZE ticket;
CREATE TABLE twice (id int PRIMARY KEY, code text);
INSERT INTO twice VALUES (1, 'x'), (2, 'y'), (3, 'x'), (4, NULL), (5, NULL);
CREATE TABLE half (id int PRIMARY KEY, x int, y int);
INSERT INTO half VALUES (1, 1, NULL), (2, NULL, NULL), (3, 1, 1), (4, 2, 2);
ALTER TABLE half ADD CONSTRAINT all_or_none FOREIGN KEY (x, y) REFERENCES "odd ""%s".parent
  MATCH FULL NOT VALID;
ALTER TABLE half ADD CONSTRAINT positive CHECK (x > 0) NOT VALID
"""
WANTED = {
    "public.parent.wide": [2, 4],
    "public.parent.small": [4],
    "public.tree.up": [3],
    "public.off.unseen": [2],
    "public.counted.id": [2, 7],
    "public.ticket.expires_at": list(range(1, 1949)),
    "public.twice_code": [1, 3],
    "public.half.all_or_none": [1, 4],
    "public.half.positive": [],
}


@pytest.fixture
def faulty(postgres):
    run_sql(postgres, *TABLES.split(";\n"))
    with pytest.raises(psycopg.errors.UniqueViolation):
        run_sql(postgres, "CREATE UNIQUE INDEX CONCURRENTLY twice_code ON twice (code)")
    return postgres


async def test_each_condition_finds_the_rows_and_no_others(faulty):
    session = await Session.open(parse(faulty))
    try:
        report = await report_of(session)
    finally:
        await session.close()
    found = {}
    for one in report.findings:
        if one.rows is not None:
            rows = run_sql(faulty, f"SELECT id FROM {one.table} AS r WHERE {one.rows.where}")
            found[one.object] = sorted(i for (i,) in rows)
    assert found == WANTED


async def test_a_full_look_counts_the_rows_that_break_a_constraint(faulty, postgres_server):
    session = await Session.open(parse(faulty))
    try:
        report = await report_of(session, only=("unvalidated_constraint",))
        full = await report_of(session, only=("unvalidated_constraint",), full=True)
    finally:
        await session.close()
    assert all("counted by a full look alone" in one.doubt for one in report.findings)
    assert full.blind == []
    said = {one.object: one.says.rpartition("; ")[2] for one in full.findings}
    assert said == {
        "public.parent.wide": "2 rows break it",
        "public.parent.small": "1 row breaks it",
        "public.tree.up": "1 row breaks it",
        "public.half.all_or_none": "2 rows break it",
        "public.half.positive": "no row breaks it",
    }
    for one in full.findings:
        select, validate = one.fix.split(";\n")
        assert [i for i, *_ in run_sql(faulty, select)] == WANTED[one.object]
        assert validate.startswith("ALTER TABLE")
        assert "VALIDATE CONSTRAINT" in validate
        assert one.evidence["broken"] == len(WANTED[one.object])


async def test_rows_that_are_hidden_are_not_counted_as_none(postgres, postgres_server):
    run_sql(
        postgres,
        "CREATE ROLE doctor_clerk LOGIN; CREATE TABLE t (id int PRIMARY KEY, v int)",
        "INSERT INTO t VALUES (1, -1); ALTER TABLE t ADD CONSTRAINT c CHECK (v > 0) NOT VALID",
        "CREATE TABLE mine (v int); INSERT INTO mine VALUES (-1)",
        "ALTER TABLE mine ADD CONSTRAINT d CHECK (v > 0) NOT VALID",
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY; GRANT SELECT ON t TO doctor_clerk",
    )
    database = psycopg.conninfo.conninfo_to_dict(postgres)["dbname"]
    session = await Session.open(parse(postgres_server.url(database, "doctor_clerk")))
    try:
        report = await report_of(session, only=("unvalidated_constraint",), full=True)
    finally:
        await session.close()
        run_sql(postgres, "DROP OWNED BY doctor_clerk; DROP ROLE doctor_clerk")
    assert not [f for f in report.findings if "breaks it" in f.says]
    whys = sorted(blind.why for blind in report.blind)
    assert whys[0] == "public.mine.d: permission denied for table mine (42501)"
    assert whys[1].startswith("public.t.c: row level security hides rows")
