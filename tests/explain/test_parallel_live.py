"""Rows that several processes share are told as what they are together, on a real server."""

import pytest

from studio.db.session import Session
from studio.db.url import parse
from studio.explain.run import Request, explain
from tests.postgres import run_sql

ROWS = 60_000
PARALLEL = (
    "CREATE TABLE orders (id int PRIMARY KEY, customer_id int, status text, total numeric)",
    "INSERT INTO orders SELECT i, i % 50000, CASE i % 2000 WHEN 0 THEN 'failed' ELSE 'paid' END, "
    f"i % 777 FROM generate_series(1, {ROWS}) i",
    "CREATE TABLE few (customer_id int)",
    "INSERT INTO few VALUES (1), (2), (3)",
    "ALTER TABLE orders SET (parallel_workers = 2)",
    "ANALYZE",
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET parallel_setup_cost = 0', "
    "current_database()); EXECUTE format('ALTER DATABASE %I SET parallel_tuple_cost = 0', "
    "current_database()); EXECUTE format('ALTER DATABASE %I SET jit = off', "
    "current_database()); END $$",
)


@pytest.fixture
async def session(postgres):
    run_sql(postgres, *PARALLEL)
    opened = await Session.open(parse(postgres))
    yield opened
    await opened.close()


async def findings(session, sql, *, analyze=False):
    run = await explain(session, Request(sql, analyze=analyze))
    assert "Gather" in run.shown.printed()
    return {finding.id: finding for finding in run.shown.findings}


async def test_a_scan_that_processes_share_reads_the_table_once(session):
    run = await explain(session, Request("SELECT count(*) FROM orders WHERE status = 'failed'"))
    assert "Parallel Seq Scan" in run.shown.printed()
    assert run.shown.measures().rows_read == ROWS


async def test_without_a_filter_too(session):
    run = await explain(session, Request("SELECT count(*) FROM orders"))
    assert "Parallel" in run.shown.printed()
    assert run.shown.measures().rows_read == pytest.approx(ROWS, rel=0.001)


async def test_what_did_not_run_is_expected_and_of_all_processes(session):
    sql = "SELECT * FROM orders JOIN few USING (customer_id)"
    finding = (await findings(session, sql))["seq_scan_join"]
    assert finding.says == (
        "Parallel Seq Scan on orders is expected to give ~60,000 rows to be joined with ~3."
    )
    finding = await findings(session, "SELECT * FROM orders WHERE status = 'failed'")
    assert "~60,000 rows to keep ~" in finding["seq_scan_filter"].says


@pytest.mark.parametrize("analyze", [True, False])
async def test_what_a_limit_takes_is_not_what_each_process_sorts_out(session, analyze):
    sql = "SELECT * FROM orders ORDER BY total, customer_id LIMIT 10"
    found = await findings(session, sql, analyze=analyze)
    assert found["top_n_sort"].says.endswith(
        "0 rows are sorted to return %s of them." % ("10" if analyze else "~10")
    )
