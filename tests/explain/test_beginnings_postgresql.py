"""Texts asked for by their beginning, where the database sorts otherwise than C, and where not."""

import pytest

from studio.db.session import Session
from studio.db.url import parse
from tests.explain.test_postgresql_advice import blocks, shown, warnings
from tests.postgres import run_sql

SCHEMA = (
    "CREATE TABLE parts (id int PRIMARY KEY, ref text, short varchar(40), fixed char(12), "
    'c text COLLATE "C", owner int, word text, found text, found_c text COLLATE "C")',
    "INSERT INTO parts SELECT i, 'r' || lpad(((i * 7919) % 60000)::text, 6, '0'), 'v' || i, "
    "'f' || i, 'k' || i, i % 40, 'W' || i, 'x' || i, 'y' || i FROM generate_series(1, 60000) i",
    "CREATE INDEX ON parts (found)",
    "CREATE INDEX ON parts (found_c)",
    "VACUUM ANALYZE parts",
)
OTHER = "C.UTF-8"
"""What libc sorts, PostgreSQL takes for no C, whatever it is called but C and POSIX."""
ADVISED = {
    "ref LIKE 'r0001%'": "(ref text_pattern_ops)",
    "short LIKE 'v123%'": "(short text_pattern_ops)",
    "fixed LIKE 'f123%'": "(fixed bpchar_pattern_ops)",
    "c LIKE 'k123%'": "(c text_pattern_ops)",
    "lower(word) LIKE 'w123%'": "((lower(word)) text_pattern_ops)",
    "ref ~ '^r0001'": "(ref text_pattern_ops)",
    "ref SIMILAR TO 'r0001%'": "(ref text_pattern_ops)",
    "starts_with(ref, 'r0001')": "(ref text_pattern_ops)",
    "ref ^@ 'r0001'": "(ref text_pattern_ops)",
    "owner = 7 AND ref LIKE 'r000%'": "(owner, ref text_pattern_ops)",
    "ref LIKE 'r0001%' OR ref LIKE 'r0002%'": "(ref text_pattern_ops)",
}
NOT_SERVED = {"found LIKE 'x123%'": "(found text_pattern_ops)"}
"""By the index that is there, unless it sorts like C."""
SERVED = ("found_c LIKE 'y123%'", "id < 9 AND ref LIKE 'r0001%'")


@pytest.fixture(scope="module", params=[OTHER, "C"])
def shop(request, postgres_server):
    with postgres_server.database(libc=request.param) as name:
        url = postgres_server.url(name)
        run_sql(url, *SCHEMA, f'ALTER DATABASE "{name}" SET max_parallel_workers_per_gather = 0')
        (collation,) = run_sql(
            url, "SELECT datcollate FROM pg_database WHERE datname = current_database()"
        )[0]
        yield url, collation


@pytest.fixture
async def session(shop):
    opened = await Session.open(parse(shop[0]))
    yield opened
    await opened.close()


async def _gains(url, session, condition, key):
    sql = f"SELECT * FROM parts WHERE {condition}"
    plan = await shown(session, sql, analyze=True)
    (hint,) = plan.hints
    assert hint.sql == f"CREATE INDEX CONCURRENTLY ON public.parts {key};"
    assert hint.sql in warnings(plan)[0].fix
    before = blocks(plan)
    run_sql(url, hint.sql.replace("CONCURRENTLY ON", "tried ON"))
    try:
        after = await shown(session, sql, analyze=True)
        assert "tried" in {account.node.index for account in after.analysis.accounts}
        assert not warnings(after)
        assert before >= 3 * blocks(after)
    finally:
        run_sql(url, "DROP INDEX tried")


@pytest.mark.parametrize("condition", [*ADVISED, *NOT_SERVED])
async def test_a_beginning_is_found_by_the_index_that_is_advised(shop, session, condition):
    url, collation = shop
    if condition in NOT_SERVED and collation == "C":
        assert not (await shown(session, f"SELECT * FROM parts WHERE {condition}")).hints
        return
    await _gains(url, session, condition, (ADVISED | NOT_SERVED)[condition])


@pytest.mark.parametrize("condition", SERVED)
async def test_what_an_index_serves_is_left_alone(session, condition):
    for analyze in (False, True):
        plan = await shown(session, f"SELECT * FROM parts WHERE {condition}", analyze=analyze)
        assert not plan.hints
        assert not warnings(plan)
