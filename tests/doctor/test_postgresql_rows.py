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
INSERT INTO twice VALUES (1, 'x'), (2, 'y'), (3, 'x'), (4, NULL), (5, NULL)
"""
WANTED = {
    "public.parent.wide": [2, 4],
    "public.parent.small": [4],
    "public.tree.up": [3],
    "public.off.unseen": [2],
    "public.counted.id": [2, 7],
    "public.ticket.expires_at": list(range(1, 1949)),
    "public.twice_code": [1, 3],
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
