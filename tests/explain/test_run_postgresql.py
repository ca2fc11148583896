"""EXPLAIN on a live PostgreSQL: plans, measurements, and a database that is as it was."""

import asyncio

import psycopg
import pytest

from studio.backends.base import Purpose
from studio.backends.plans.consent import NeedsConsent
from studio.backends.postgresql.plans.arithmetic import analyse
from studio.db.session import Session
from studio.db.url import parse
from studio.explain.prove import prove
from studio.explain.run import Request, explain
from studio.model.errors import Refused, StatementFailed, Unsupported
from studio.model.finding import IndexHint
from tests.postgres import run_sql

SCHEMA = (
    "CREATE TABLE customers (id int PRIMARY KEY, name text, tier text)",
    "INSERT INTO customers SELECT i, 'c' || i, CASE i % 50 WHEN 0 THEN 'gold' ELSE 'basic' END "
    "FROM generate_series(1, 2000) i",
    "CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
    "customer_id int REFERENCES customers, total numeric, at timestamptz DEFAULT now())",
    "INSERT INTO orders (customer_id, total) SELECT 1 + i % 2000, i % 1000 "
    "FROM generate_series(1, 60000) i",
    "CREATE TABLE log (id serial PRIMARY KEY, what text)",
    "CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS "
    "$$BEGIN INSERT INTO log (what) VALUES (TG_OP); RETURN NULL; END$$",
    "CREATE TRIGGER noted AFTER UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION noted()",
    "CREATE FUNCTION sneaky() RETURNS int LANGUAGE plpgsql AS "
    "$$BEGIN DELETE FROM log; RETURN 1; END$$",
    "CREATE TABLE events (id int, ts date, kind text) PARTITION BY RANGE (ts)",
    *(
        f"CREATE TABLE events_{m:02} PARTITION OF events "
        f"FOR VALUES FROM ('2024-{m:02}-01') TO ('2024-{m + 1:02}-01')"
        for m in range(1, 7)
    ),
    "INSERT INTO events SELECT i, date '2024-01-01' + i % 180, 'k' || i % 5 "
    "FROM generate_series(1, 30000) i",
    "CREATE TABLE employees (id int PRIMARY KEY, manager int)",
    "INSERT INTO employees SELECT i, i / 3 FROM generate_series(1, 3000) i",
    "ANALYZE",
)

DIGEST = "SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {} t"
READS = (
    "SELECT * FROM orders WHERE customer_id = 7",
    "SELECT count(*) FROM orders",
    "SELECT c.tier, sum(o.total) FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY 1",
    "SELECT * FROM orders ORDER BY total DESC, id LIMIT 10",
    "SELECT * FROM orders ORDER BY id OFFSET 50000 LIMIT 5",
    "WITH t AS MATERIALIZED (SELECT * FROM orders) SELECT * FROM t WHERE id = 5",
    "WITH RECURSIVE r AS (SELECT id, manager FROM employees WHERE id = 1 UNION ALL "
    "SELECT e.id, e.manager FROM employees e JOIN r ON e.manager = r.id) SELECT count(*) FROM r",
    "SELECT c.id, x.total FROM customers c, LATERAL (SELECT total FROM orders o "
    "WHERE o.customer_id = c.id ORDER BY total DESC LIMIT 1) x WHERE c.tier = 'gold'",
    "SELECT kind, count(*) FROM events WHERE ts >= '2024-03-05' GROUP BY kind",
    "SELECT count(*) FROM events WHERE date_trunc('month', ts) = '2024-05-01'",
    "SELECT id, rank() OVER (PARTITION BY customer_id ORDER BY total) FROM orders",
    "SELECT * FROM customers WHERE id NOT IN (SELECT customer_id FROM orders)",
    "SELECT c.id, (SELECT max(total) FROM orders o WHERE o.customer_id = c.id) FROM customers c "
    "WHERE c.id < 20",
    "SELECT * FROM generate_series(1, 1000) g WHERE g % 7 = 0",
    "SELECT customer_id, count(*) FROM orders GROUP BY GROUPING SETS ((customer_id), ())",
    "SELECT * FROM orders WHERE total > (SELECT avg(total) FROM orders)",
    "TABLE customers",
    "VALUES (1, 'a'), (2, 'b')",
    "SELECT * FROM customers WHERE name LIKE 'c1%' -- a percent sign",
    "SELECT 1 UNION SELECT 2 EXCEPT SELECT 3",
)
WRITES = (
    "INSERT INTO log (what) SELECT 'x' FROM generate_series(1, 10)",
    "UPDATE orders SET total = total + 1 WHERE id < 50",
    "DELETE FROM orders WHERE id < 100",
    "INSERT INTO customers VALUES (1, 'x', 'y') ON CONFLICT (id) DO UPDATE SET name = 'z'",
    "MERGE INTO customers c USING (VALUES (1, 'm'), (9999, 'n')) v (id, name) ON c.id = v.id "
    "WHEN MATCHED THEN UPDATE SET name = v.name WHEN NOT MATCHED THEN INSERT VALUES (v.id, v.name)",
    "WITH gone AS (DELETE FROM log RETURNING *) SELECT count(*) FROM gone",
    "CREATE TABLE copied AS SELECT * FROM customers",
    "DELETE FROM employees WHERE id > 1990",
)


@pytest.fixture
async def session(postgres):
    run_sql(postgres, *SCHEMA)
    opened = await Session.open(parse(postgres))
    yield opened
    await opened.close()


def contents(url):
    """Everything a statement could have changed, but for sequences."""
    tables = [row[0] for row in run_sql(
        url, "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
        "AND relkind IN ('r', 'p') ORDER BY 1"
    )]  # fmt: skip
    with psycopg.connect(url) as connection:
        return {
            table: connection.execute(
                psycopg.sql.SQL(DIGEST).format(psycopg.sql.Identifier(table))
            ).fetchone()
            for table in tables
        }  # fmt: skip


async def test_every_kind_of_read_is_measured_and_nothing_changes(session, postgres):
    before = contents(postgres)
    for sql in READS:
        run = await explain(session, Request(sql, analyze=True))
        analysis = run.shown.analysis
        assert analysis.plan.analyzed
        total = sum(account.self_ms for account in analysis.accounts)
        uncertain = sum(account.uncertainty_ms for account in analysis.accounts)
        assert total == pytest.approx(analysis.accounts[0].wall_ms, abs=2 * uncertain + 0.05)
        assert run.client_ms > analysis.plan.execution_ms
    assert contents(postgres) == before


@pytest.mark.parametrize("sql", WRITES)
async def test_a_write_asks_first_then_runs_and_leaves_no_trace(session, postgres, sql):
    before = contents(postgres)
    with pytest.raises(NeedsConsent, match="does not undo"):
        await explain(session, Request(sql, analyze=True))
    assert contents(postgres) == before
    run = await explain(session, Request(sql, analyze=True, consent=True))
    assert run.shown.analysis.plan.analyzed
    assert contents(postgres) == before


async def test_the_question_names_the_sequences(session):
    with pytest.raises(NeedsConsent) as caught:
        await explain(session, Request(WRITES[0], analyze=True))
    assert caught.value.sequences == ("log_id_seq",)


async def test_a_function_that_writes_behind_a_select_is_refused_until_agreed(session, postgres):
    run_sql(postgres, "INSERT INTO log (what) VALUES ('kept')")
    before = contents(postgres)
    with pytest.raises(NeedsConsent):
        await explain(session, Request("SELECT sneaky()", analyze=True))
    run = await explain(session, Request("SELECT sneaky()", analyze=True, consent=True))
    assert run.shown.analysis.plan.analyzed
    assert contents(postgres) == before


async def test_a_plan_alone_runs_nothing(session, postgres):
    before = contents(postgres)
    for sql in WRITES:
        run = await explain(session, Request(sql))
        assert not run.shown.analysis.plan.analyzed
    assert contents(postgres) == before


async def test_two_statements_are_refused_and_neither_runs(session, postgres):
    before = contents(postgres)
    with pytest.raises(Refused, match="one statement"):
        await explain(session, Request("SELECT 1; DELETE FROM orders", analyze=True, consent=True))
    with pytest.raises(Unsupported):
        await explain(session, Request("VACUUM orders"))
    assert contents(postgres) == before


async def test_parameters_take_a_generic_plan_or_values(session):
    sql = "SELECT * FROM orders WHERE customer_id = $1 AND total > $2"
    generic = await explain(session, Request(sql))
    assert "$1" in str(dict(generic.shown.analysis.plan.root.conditions))
    with pytest.raises(Unsupported, match="value for every parameter"):
        await explain(session, Request(sql, analyze=True))
    run = await explain(session, Request(sql, analyze=True, values=("7", "1")))
    assert run.shown.analysis.plan.root.rows_total > 0
    again = await explain(session, Request(sql, analyze=True, values=("8", "5")))
    assert again.shown.analysis.plan.analyzed


async def test_a_custom_plan_that_is_not_the_generic_one_is_told(session, postgres):
    run_sql(
        postgres,
        "CREATE TABLE skewed AS SELECT CASE WHEN i % 1000 = 0 THEN i ELSE 1 END AS k, i AS v "
        "FROM generate_series(1, 30000) i",
        "CREATE INDEX ON skewed (k)",
        "ANALYZE skewed",
    )
    sql = "SELECT * FROM skewed WHERE k = $1"
    (note,) = (await explain(session, Request(sql))).shown.analysis.plan.notes
    assert note.startswith("a generic plan, made for no value")
    run = await explain(session, Request(sql, analyze=True, values=("1",)))
    assert run.shown.analysis.plan.root.kind == "Seq Scan"
    (note,) = run.shown.as_json()["notes"]
    assert note.startswith("a custom plan, made for these values; the generic plan is another (")
    assert "Seq Scan" not in note


async def test_an_explain_in_front_is_taken_off(session):
    run = await explain(session, Request("EXPLAIN (ANALYZE, COSTS OFF) SELECT 1"))
    assert not run.shown.analysis.plan.analyzed


async def test_stopping_half_way_leaves_the_database_and_the_lane_as_they_were(session, postgres):
    before = contents(postgres)
    slow = "UPDATE orders SET total = total + (SELECT count(*) FROM pg_sleep(0.01))"
    task = asyncio.ensure_future(explain(session, Request(slow, analyze=True, consent=True)))
    lane = session.lane(Purpose.QUERY)
    while not lane._in_transaction or lane.running_since is None:
        await asyncio.wait([task], timeout=0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert contents(postgres) == before
    assert (await explain(session, Request("SELECT 1"))).shown.analysis.plan.root.kind == "Result"


async def test_a_measurement_that_takes_too_long_is_stopped_and_its_estimate_shown(session):
    sql = "SELECT pg_sleep(20) FROM orders WHERE total = 7"
    run = await explain(session, Request(sql, analyze=True, timeout_s=0.1))
    assert run.stopped.startswith(
        "stopped after 0.1 s: the server does not say how far it came; it expected ~"
    )
    assert not run.shown.analysis.plan.analyzed
    assert [(f.id, f.estimated) for f in run.shown.findings] == [("seq_scan_filter", True)]
    assert run.stopped in run.shown.as_json()["notes"]
    assert any(run.stopped in line for line in run.shown.headline())
    assert (await explain(session, Request("SELECT 1", analyze=True))).shown.analysis.plan.analyzed


async def test_a_write_that_takes_too_long_is_undone(session, postgres):
    before = contents(postgres)
    sql = "UPDATE orders SET total = 0 WHERE pg_sleep(1) IS NOT NULL"
    run = await explain(session, Request(sql, analyze=True, consent=True, timeout_s=0.1))
    assert run.stopped.startswith("stopped after 0.1 s, and rolled back: ")
    assert contents(postgres) == before


async def test_what_fails_otherwise_is_still_an_error(session):
    with pytest.raises(StatementFailed):
        await explain(session, Request("SELECT 1 / (id - id) FROM orders", analyze=True))


async def test_the_catalog_names_the_column_a_foreign_key_lacks_an_index_on(session, postgres):
    run_sql(postgres, "ALTER TABLE orders RENAME CONSTRAINT orders_customer_id_fkey TO odd_name",
            "INSERT INTO customers SELECT i FROM generate_series(5000, 5200) i")  # fmt: skip
    sql = "DELETE FROM customers WHERE id >= 5000"
    run = await explain(session, Request(sql, analyze=True, consent=True))
    assert "fk_trigger_time" in {finding.id for finding in run.shown.findings}
    hints = {(hint.table, hint.columns) for hint in run.shown.hints}
    assert ("public.orders", ("customer_id",)) in hints


async def test_an_index_that_exists_is_not_advised_again(session, postgres):
    sql = "SELECT * FROM orders WHERE customer_id = 7"
    run = await explain(session, Request(sql, analyze=True))
    assert [hint.columns for hint in run.shown.hints] == [("customer_id",)]
    run_sql(postgres, "CREATE INDEX ON orders (customer_id, total)", "SET enable_indexscan = off")
    again = await explain(session, Request(f"{sql} AND total + 0 >= 0", analyze=True))
    assert all(hint.columns[0] != "customer_id" for hint in again.shown.hints)
    assert analyse(again.shown.analysis.plan).accounts


HELPED = (
    "SELECT * FROM orders WHERE customer_id = 7",
    "SELECT * FROM orders WHERE customer_id = 7 AND total > 900",
    "SELECT * FROM orders WHERE total = 999.5",
    "SELECT c.id, x.total FROM customers c, LATERAL (SELECT total FROM orders o "
    "WHERE o.customer_id = c.id ORDER BY total DESC LIMIT 1) x WHERE c.tier = 'gold'",
    "SELECT count(*) FROM orders WHERE customer_id IN (1, 2, 3)",
)


async def test_indexes_that_help_are_proved_and_gone_afterwards(session, postgres):
    before = run_sql(postgres, "SELECT count(*) FROM pg_class WHERE relkind = 'i'")
    for sql in HELPED:
        hint = (await explain(session, Request(sql, analyze=True))).shown.hints[0]
        proof = await prove(session, sql, [hint])
        assert proof.helps, sql
    assert run_sql(postgres, "SELECT count(*) FROM pg_class WHERE relkind = 'i'") == before


@pytest.mark.parametrize(
    "sql", ["SELECT count(*) FROM orders WHERE total >= 0", "SELECT * FROM customers WHERE id = 5"]
)
async def test_an_index_that_does_not_help_is_said_not_to(session, sql):
    hint = IndexHint("public.orders", ("at",), "CREATE INDEX CONCURRENTLY ON public.orders (at);")
    assert not (await prove(session, sql, [hint])).helps


async def test_nothing_is_proved_on_a_write(session):
    hint = IndexHint("public.orders", ("at",), "CREATE INDEX ON public.orders (at);")
    with pytest.raises(Refused):
        await prove(session, "DELETE FROM orders", [hint])
