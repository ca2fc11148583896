"""Indexes tried on a live PostgreSQL: those that help, those that do not, and none that stays."""

import pytest

from studio.db.session import Session
from studio.db.url import parse
from studio.explain.prove import prove
from studio.explain.run import Request, explain
from studio.explain.trial import hints_for, sentence
from studio.model.errors import StudioError
from studio.model.finding import IndexHint
from tests.postgres import run_sql

SCHEMA = (
    "CREATE TABLE customers (id int PRIMARY KEY, name text, tier text)",
    "INSERT INTO customers SELECT i, 'Customer ' || i, CASE i % 50 WHEN 0 THEN 'gold' END "
    "FROM generate_series(1, 3000) i",
    "CREATE TABLE orders (id int PRIMARY KEY, customer_id int, status text, total int, note text)",
    "INSERT INTO orders SELECT i, 1 + i * 7 % 3000, CASE WHEN i % 10 = 0 THEN 'open' ELSE 'done' "
    "END, i % 5000, 'note ' || i FROM generate_series(1, 60000) i",
    "ANALYZE",
)
HELPED = (
    "SELECT * FROM orders WHERE customer_id = 7",
    "SELECT * FROM orders WHERE customer_id = 7 AND status = 'open' AND total > 50",
    "SELECT * FROM orders WHERE lower(note) = 'note 5'",
    "SELECT * FROM orders WHERE note LIKE 'note 59%' AND id > 0",
    "SELECT * FROM orders WHERE customer_id = 7 ORDER BY total DESC LIMIT 3",
    "SELECT c.id, (SELECT max(o.total) FROM orders o WHERE o.customer_id = c.id) "
    "FROM customers c WHERE c.id <= 110",
)
NOT_HELPED = (
    ("SELECT sum(total) FROM orders", "customer_id"),
    ("SELECT count(*) FROM orders WHERE status <> 'none'", "status"),
    ("SELECT * FROM orders WHERE id = 5", "note"),
)
OBJECTS = "SELECT relname, relfilenode FROM pg_class WHERE relnamespace = 'public'::regnamespace"


@pytest.fixture(scope="module")
def shop(postgres_server):
    with postgres_server.database() as name:
        run_sql(postgres_server.url(name), *SCHEMA)
        yield postgres_server.url(name)


@pytest.fixture
async def session(shop):
    before = sorted(run_sql(shop, OBJECTS))
    opened = await Session.open(parse(shop))
    yield opened
    await opened.close()
    assert sorted(run_sql(shop, OBJECTS)) == before


@pytest.mark.parametrize("sql", HELPED)
async def test_an_index_that_helps_is_proved_to(session, sql):
    hints = (await explain(session, Request(sql, analyze=True))).shown.hints
    proof = await prove(session, sql, hints[:1])
    assert proof.used
    assert proof.helps


@pytest.mark.parametrize(("sql", "column"), NOT_HELPED)
async def test_an_index_that_does_not_help_is_proved_not_to(session, sql, column):
    create = f"CREATE INDEX CONCURRENTLY ON public.orders ({column});"
    proof = await prove(session, sql, [IndexHint("public.orders", (column,), create)])
    assert not proof.used
    assert not proof.helps


EITHER = "SELECT * FROM orders WHERE customer_id = 77 OR note = 'note 99'"


async def test_a_fix_of_two_indexes_is_tried_whole(session):
    shown = (await explain(session, Request(EITHER, analyze=True))).shown
    hints = hints_for(shown, shown.findings[0])
    assert {hint.columns for hint in hints} == {("customer_id",), ("note",)}
    proof = await prove(session, EITHER, hints)
    assert proof.helps
    assert set(proof.used) == set(hints)
    said = sentence(proof)
    assert said.startswith("It helps: ")
    assert "orders (customer_id), public.orders (note)" in said


async def test_what_cannot_be_built_is_left_out_and_said(session):
    hints = [
        IndexHint("public.orders", (column,), f"CREATE INDEX ON public.orders ({column});")
        for column in ("nothing", "customer_id")
    ]
    proof = await prove(session, HELPED[0], hints)
    assert proof.built == (hints[1],)
    assert proof.helps
    assert 'Not tried: public.orders (nothing) (column "nothing" does not exist' in sentence(proof)


async def test_nothing_is_said_of_what_could_not_be_built(session):
    create = "CREATE INDEX CONCURRENTLY ON public.orders (nothing);"
    with pytest.raises(StudioError, match="nothing"):
        await prove(session, HELPED[0], [IndexHint("public.orders", ("nothing",), create)])


IMAGINED = (
    'CREATE SCHEMA "Odd place"',
    """CREATE FUNCTION "Odd place".hypopg_create_index(sql text,
         OUT indexrelid oid, OUT indexname text) LANGUAGE plpgsql AS $$BEGIN
           EXECUTE regexp_replace(sql, ' ON ', ' imagined ON ');
           indexrelid := 'public.imagined'::regclass; indexname := 'imagined';
         END$$""",
    """CREATE FUNCTION "Odd place".hypopg_drop_index(indexid oid) RETURNS bool
         LANGUAGE plpgsql AS $$BEGIN
           EXECUTE 'DROP INDEX ' || indexid::regclass; RETURN true;
         END$$""",
    "INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion) "
    "SELECT 99999, 'hypopg', 10, oid, true, '1.4' FROM pg_namespace WHERE nspname = 'Odd place'",
)
"""Functions of HypoPG's names that really build what HypoPG imagines."""


@pytest.fixture
async def imagining(shop):
    run_sql(shop, *IMAGINED)
    opened = await Session.open(parse(shop))
    yield opened
    await opened.close()
    assert not run_sql(shop, "SELECT 1 FROM pg_class WHERE relname = 'imagined'")
    run_sql(shop, "DELETE FROM pg_extension WHERE extname = 'hypopg'")
    run_sql(shop, 'DROP SCHEMA "Odd place" CASCADE')


async def test_with_hypopg_only_estimates_are_compared(imagining):
    create = "CREATE INDEX CONCURRENTLY ON public.orders (customer_id);"
    hint = IndexHint("public.orders", ("customer_id",), create)
    proof = await prove(imagining, HELPED[0], [hint])
    assert (proof.before_ms, proof.after_ms) == (None, None)
    assert proof.used
    before, after = proof.cost
    assert after < before / 2
    assert not proof.after.analysis.plan.analyzed
