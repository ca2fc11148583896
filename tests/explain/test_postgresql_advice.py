"""Advice on a live PostgreSQL: first, used, and worth it; and none where all is well."""

import pytest

from studio.db.session import Session
from studio.db.url import parse
from studio.explain.run import Request, explain
from studio.model.finding import Severity
from tests.explain.postgresql_statements import (
    HEALTHY,
    INDEXED_AND_REWRITTEN,
    PAGED,
    REWRITTEN,
    SCHEMA,
    SLOW,
)
from tests.postgres import run_sql


@pytest.fixture(scope="module")
def shop(postgres_server):
    with postgres_server.database() as name:
        run_sql(postgres_server.url(name), *SCHEMA)
        run_sql(postgres_server.url(name), f'ALTER DATABASE "{name}" SET jit = off')
        run_sql(
            postgres_server.url(name),
            f'ALTER DATABASE "{name}" SET max_parallel_workers_per_gather = 0',
        )
        yield postgres_server.url(name)


@pytest.fixture
async def session(shop):
    opened = await Session.open(parse(shop))
    yield opened
    await opened.close()


async def shown(session, sql, *, analyze=False):
    return (await explain(session, Request(sql, analyze=analyze, consent=True))).shown


def warnings(plan):
    quiet = {"cache_misses", "planning_dominates", "row_misestimate"}
    return [f for f in plan.findings if f.severity is not Severity.INFO and f.id not in quiet]


def blocks(plan):
    buffers = plan.analysis.accounts[0].node.buffers
    return buffers.shared_hit + buffers.shared_read


@pytest.mark.parametrize("sql", SLOW)
async def test_a_slow_statement_gets_its_remedy_first_and_it_works(shop, session, sql):
    wanted, gain = SLOW[sql]
    for analyze in (False, True):
        plan = await shown(session, sql, analyze=analyze)
        found = [f for f in warnings(plan) if "CREATE INDEX" in f.fix]
        first = [h for f in found[:1] for h in plan.hints if h.sql in f.fix]
        assert {hint.columns for hint in first} == wanted, analyze
    if not wanted:
        return
    before = blocks(plan)
    names = [f"tried_{place}" for place in range(len(first))]
    run_sql(
        shop,
        *(
            hint.sql.replace("CONCURRENTLY ON", f"{name} ON")
            for hint, name in zip(first, names, strict=True)
        ),
    )
    try:
        after = await shown(session, sql, analyze=True)
        assert before >= gain * blocks(after)
        assert set(names) & {a.node.index for a in after.analysis.accounts}
    finally:
        run_sql(shop, *(f"DROP INDEX {name}" for name in names))


@pytest.mark.parametrize("sql", REWRITTEN)
async def test_a_condition_is_rewritten_where_an_index_would_serve_it(shop, session, sql):
    plan = await shown(session, sql, analyze=True)
    (finding,) = warnings(plan)
    assert REWRITTEN[sql] in finding.fix
    assert not plan.hints
    instead = f"SELECT * FROM sales WHERE {REWRITTEN[sql]}"
    assert sorted(run_sql(shop, sql)) == sorted(run_sql(shop, instead))
    better = await shown(session, instead, analyze=True)
    assert blocks(plan) >= 3 * blocks(better)


@pytest.mark.parametrize("sql", INDEXED_AND_REWRITTEN)
async def test_an_index_comes_with_the_condition_it_serves(shop, session, sql):
    condition, columns, gain = INDEXED_AND_REWRITTEN[sql]
    for analyze in (False, True):
        plan = await shown(session, sql, analyze=analyze)
        (finding,) = warnings(plan)
        (hint,) = plan.hints
        assert finding.fix == f"Write {condition}: an index can serve that.\n{hint.sql}"
        assert hint.columns == columns
    instead = f"{sql.partition(' WHERE ')[0]} WHERE {condition}"
    before, rows = blocks(plan), sorted(map(str, run_sql(shop, sql)))
    run_sql(shop, hint.sql.replace("CONCURRENTLY ON", "tried ON"))
    try:
        assert sorted(map(str, run_sql(shop, instead))) == rows
        better = await shown(session, instead, analyze=True)
        assert before >= gain * blocks(better)
        assert not better.hints
        # With the index there, only the words remain.
        (finding,) = warnings(await shown(session, sql, analyze=True))
        assert finding.fix == f"Write {condition}: the index tried serves that."
    finally:
        run_sql(shop, "DROP INDEX tried")


@pytest.mark.parametrize("sql", PAGED)
async def test_a_page_far_in_is_asked_for_by_its_key(shop, session, sql):
    keyset, ask_last = PAGED[sql]
    plan = await shown(session, sql, analyze=True)
    (finding,) = [f for f in warnings(plan) if f.id == "big_offset"]
    assert finding.fix == f"Page by key: {keyset}"
    (last,) = run_sql(shop, ask_last)
    instead = keyset.replace("…", "5")
    for number, value in enumerate(last, start=1):
        instead = instead.replace(f":last_{number}", f"'{value}'")
    instead = f"{sql.partition(' ORDER BY')[0]} {instead}"
    assert run_sql(shop, instead) == run_sql(shop, sql)
    assert blocks(plan) >= 20 * blocks(await shown(session, instead, analyze=True))


async def test_few_groups_of_many_rows_are_asked_for_one_by_one(shop, session):
    sql = "SELECT DISTINCT ON (state) * FROM sales ORDER BY state, at DESC"
    instead = (
        "SELECT s.* FROM (SELECT unnest(ARRAY['done', 'open']) AS state) g CROSS JOIN LATERAL "
        "(SELECT * FROM sales s WHERE s.state = g.state ORDER BY at DESC LIMIT 1) s"
    )
    plan = await shown(session, sql, analyze=True)
    (finding,) = [f for f in warnings(plan) if f.id == "distinct_sort"]
    create, words = finding.fix.splitlines()
    assert create == "CREATE INDEX CONCURRENTLY ON public.sales (state, at DESC);"
    assert words.startswith("--")
    assert "LATERAL" in words
    run_sql(shop, create.replace("CONCURRENTLY ON", "tried ON"))
    try:
        assert sorted(run_sql(shop, instead)) == sorted(run_sql(shop, sql))
        better = await shown(session, instead, analyze=True)
        assert blocks(plan) >= 20 * blocks(better)
    finally:
        run_sql(shop, "DROP INDEX tried")


async def test_groups_in_order_are_read_from_an_index_that_holds_all_that_is_asked(shop, session):
    sql = "SELECT DISTINCT ON (who) who, at, amount FROM sales ORDER BY who, at DESC"
    plan = await shown(session, sql, analyze=True)
    finding = next(f for f in warnings(plan) if f.id == "distinct_sort")
    (hint,) = plan.hints
    assert finding.fix == hint.sql
    assert "(who, at DESC) INCLUDE (amount)" in hint.sql
    run_sql(shop, hint.sql.replace("CONCURRENTLY ON", "tried ON"), "VACUUM sales")
    try:
        better = await shown(session, sql, analyze=True)
        assert {a.node.index for a in better.analysis.accounts} >= {"tried"}
        assert blocks(plan) >= 1.5 * blocks(better)
        assert not warnings(better)
    finally:
        run_sql(shop, "DROP INDEX tried")


async def test_a_text_compared_under_another_collation_gets_no_index_of_its_own(session):
    plan = await shown(session, "SELECT * FROM lines WHERE sku COLLATE \"C\" = 's77'")
    assert not plan.hints


PARTITIONS = {
    "hashed WHERE who + 0 = 7": ("who (hash partitions)", "Write who = …: hash partitions"),
    "listed WHERE upper(kind) = 'K3'": ("kind (list partitions)", "kind = … or kind IN (…)"),
    "monthly WHERE date_trunc('month', at) = '2024-05-01'": (
        "hides the partition key at (range partitions)",
        "at >= … AND at < …",
    ),
    "monthly WHERE who = 5": ("does not name the partition key at", "Add a condition on at"),
}


@pytest.fixture(scope="module")
def parted(postgres_server):
    made = "SELECT i, 'k' || i % 6, timestamp '2024-01-01' + i * interval '7 minutes'"
    columns = "(who int, kind text, at timestamp)"
    bounds = {
        "hashed": ("HASH (who)", lambda i: f"WITH (MODULUS 6, REMAINDER {i})"),
        "listed": ("LIST (kind)", lambda i: f"IN ('k{i}')"),
        "monthly": ("RANGE (at)", lambda i: f"FROM ('2024-0{i + 1}-01') TO ('2024-0{i + 2}-01')"),
    }
    with postgres_server.database() as name:
        for table, (key, bound) in bounds.items():
            run_sql(
                postgres_server.url(name),
                f"CREATE TABLE {table} {columns} PARTITION BY {key}",
                *(
                    f"CREATE TABLE {table}_{i} PARTITION OF {table} FOR VALUES {bound(i)}"
                    for i in range(6)
                ),
                f"INSERT INTO {table} {made} FROM generate_series(1, 24000) i",
                f"ANALYZE {table}",
            )
        run_sql(
            postgres_server.url(name),
            "CREATE TABLE large (id int, kind text) PARTITION BY HASH (id)",
            *(
                f"CREATE TABLE large_{i} PARTITION OF large"
                f" FOR VALUES WITH (MODULUS 2, REMAINDER {i})"
                for i in range(2)
            ),
            "INSERT INTO large SELECT i, 'k' || i % 500 FROM generate_series(1, 60000) i",
            "ANALYZE large",
        )
        yield postgres_server.url(name)


@pytest.mark.parametrize("sql", PARTITIONS)
async def test_the_partition_key_is_named_and_only_what_prunes_is_advised(parted, sql):
    session = await Session.open(parse(parted))
    try:
        plan = await shown(session, f"SELECT * FROM {sql}", analyze=True)
    finally:
        await session.close()
    (finding,) = [f for f in plan.findings if f.id == "partitions_not_pruned"]
    cause, fix = PARTITIONS[sql]
    assert cause in finding.cause
    assert fix in finding.fix
    assert (">=" in finding.fix) == ("range" in finding.cause and "hides" in finding.cause)


@pytest.mark.parametrize("analyze", [True, False])
async def test_partitions_get_one_index_on_their_table(parted, analyze):
    session = await Session.open(parse(parted))
    try:
        plan = await shown(session, "SELECT * FROM large WHERE kind = 'k7'", analyze=analyze)
    finally:
        await session.close()
    (hint,) = plan.hints
    assert hint.table == "public.large"
    assert hint.sql == "CREATE INDEX ON public.large (kind);"
    assert "every partition" in hint.doubt
    (finding,) = [f for f in plan.findings if f.id == "seq_scan_filter"]
    assert finding.fix == hint.sql
    assert "1 more partition" in finding.says
    run_sql(parted, hint.sql, "DROP INDEX large_kind_idx")


async def test_not_in_over_what_may_be_null_is_a_warning(session):
    plan = await shown(session, "SELECT * FROM people WHERE id NOT IN (SELECT who FROM banned)")
    assert "not_in_nulls" in {finding.id for finding in plan.findings}


@pytest.mark.parametrize("sql", HEALTHY)
async def test_a_healthy_statement_is_left_alone(session, sql):
    for analyze in (False, True):
        plan = await shown(session, sql, analyze=analyze)
        assert not warnings(plan)
        assert not plan.hints
