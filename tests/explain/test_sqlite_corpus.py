"""Statements of every kind on a live SQLite: what is found, and hints the planner takes up."""

import sqlite3

import pytest

from studio.backends.sqlite.plans import explain_run
from studio.backends.sqlite.plans.explained import sqlite_explained
from studio.backends.sqlite.plans.rehearsal import Rehearsal
from studio.db.session import Session
from studio.db.url import parse
from studio.explain.prove import prove
from studio.explain.run import Request, explain
from studio.model.finding import IndexHint

COUNT = "WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g WHERE i < {}) "
SCHEMA = ";\n".join((
    "CREATE TABLE customers(id INTEGER PRIMARY KEY, email TEXT UNIQUE, name TEXT, city TEXT)",
    "CREATE TABLE orders(id INTEGER PRIMARY KEY, customer_id INT, status TEXT, created TEXT, "
    "total REAL, note TEXT)",
    "CREATE INDEX orders_status_created ON orders(status, created)",
    "CREATE TABLE items(id INTEGER PRIMARY KEY, order_id INT, sku TEXT, qty INT)",
    "CREATE INDEX items_order ON items(order_id)",
    "CREATE TABLE products(sku TEXT PRIMARY KEY, cat INT) WITHOUT ROWID",
    "CREATE TABLE small(a INT, b INT)",
    "CREATE TABLE tree(id INTEGER PRIMARY KEY, parent INT, v TEXT)",
    'CREATE TABLE "odd table"("my col" INT, "select" TEXT)',
    "CREATE VIEW dear AS SELECT * FROM orders WHERE total > 500",
    "CREATE VIEW dearest AS SELECT * FROM dear WHERE total > 600",
    COUNT.format(2_000) + "INSERT INTO customers SELECT i, 'u' || i, 'n' || i % 900, "
    "'city' || i % 200 FROM g",
    COUNT.format(12_000) + "INSERT INTO orders SELECT i, 1 + i * 7 % 2000, "
    "CASE i % 10 WHEN 0 THEN 'open' ELSE 'done' END, '2024-' || (i % 12 + 10) || '-01', i % 700, "
    "'note' || i FROM g",
    COUNT.format(24_000) + "INSERT INTO items SELECT i, 1 + i * 11 % 12000, 's' || i % 2000, i % 7 "
    "FROM g",
    COUNT.format(2_000) + "INSERT INTO products SELECT 's' || i, i % 9 FROM g",
    "INSERT INTO small VALUES (1, 2), (3, 4)",
    'CREATE TABLE oids(oid INT, "Mixed" INT)',
    COUNT.format(3_000) + "INSERT INTO oids SELECT i, i % 900 FROM g",
    COUNT.format(3_000) + "INSERT INTO tree SELECT i, i / 3, 'v' || i FROM g",
    COUNT.format(3_000) + "INSERT INTO \"odd table\" SELECT i, 'x' || i FROM g",
    "ANALYZE",
))  # fmt: skip

SCAN, NESTED = "sqlite_full_scan", "sqlite_nested_full_scan"
WHOLE, CORRELATED = "sqlite_full_scan_unfiltered", "sqlite_correlated_subquery"
ORDER, GROUP = "sqlite_temp_btree_order", "sqlite_temp_btree_group"
DISTINCT, COMPOUND = "sqlite_temp_btree_distinct", "sqlite_temp_btree_compound"
AUTO, AUTO_SUBQUERY = "sqlite_auto_index", "sqlite_auto_index_subquery"
SKIP, DEFEATED = "sqlite_skip_scan", "sqlite_expression_defeats_index"
LIKE, WILDCARD = "sqlite_like_no_index", "sqlite_like_wildcard"

# Statement → what is found, and the columns of the indexes it suggests.
CASES: dict[str, tuple[set[str], set[tuple[str, ...]]]] = {
    "SELECT * FROM orders WHERE customer_id = 7": ({SCAN}, {("customer_id",)}),
    "SELECT * FROM orders o WHERE o.note = 'x' AND total > 3": ({SCAN}, {("note", "total")}),
    "SELECT * FROM orders WHERE total BETWEEN 5 AND 6": ({SCAN}, {("total",)}),
    "SELECT * FROM orders WHERE customer_id IN (1, 2)": ({SCAN}, {("customer_id",)}),
    "SELECT * FROM orders WHERE customer_id IS NULL": ({SCAN}, {("customer_id",)}),
    "SELECT * FROM orders WHERE customer_id = ?": ({SCAN}, {("customer_id",)}),
    "SELECT * FROM orders WHERE customer_id = :c AND total > :t": (
        {SCAN},
        {("customer_id", "total")},
    ),
    "SELECT * FROM orders WHERE (customer_id, note) = (5, 'x')": (
        {SCAN},
        {("customer_id", "note")},
    ),
    "SELECT * FROM orders WHERE (customer_id = 5 AND (total > 3)) AND note = 'x'": (
        {SCAN},
        {("customer_id", "note", "total")},
    ),
    "SELECT * FROM orders WHERE (customer_id, total) > (5, 3)": ({SCAN}, {("customer_id",)}),
    "SELECT * FROM orders WHERE customer_id = 7 OR id = 5": ({SCAN}, {("customer_id",)}),
    "SELECT * FROM orders WHERE customer_id = 7 OR note = 'x'": (
        {SCAN},
        {("customer_id",), ("note",)},
    ),
    "SELECT * FROM orders WHERE customer_id = 7 OR total <> 5": ({WHOLE}, set()),
    "SELECT * FROM orders NOT INDEXED WHERE customer_id = 5": ({SCAN}, set()),
    "SELECT * FROM orders WHERE NOT customer_id = 5": ({WHOLE}, set()),
    "SELECT * FROM orders": ({WHOLE}, set()),
    "SELECT count(*) FROM orders": ({WHOLE}, set()),
    "SELECT * FROM small WHERE a = 1": (set(), set()),
    "SELECT * FROM orders WHERE id = 5": (set(), set()),
    "SELECT * FROM products WHERE sku = 's5'": (set(), set()),
    "SELECT * FROM products WHERE cat = 5": ({SCAN}, {("cat",)}),
    "SELECT max(id) FROM orders": (set(), set()),
    "SELECT min(total) FROM orders": ({"sqlite_min_max_scan"}, {("total",)}),
    "SELECT * FROM orders WHERE status = 'open' AND created > '2024-12'": (set(), set()),
    "SELECT * FROM orders WHERE id = 7 OR status = 'open' AND created = 'x'": (set(), set()),
    "SELECT * FROM customers WHERE lower(email) = 'u5'": ({SCAN, DEFEATED}, {("lower(email)",)}),
    "SELECT * FROM customers WHERE email || '' = 'u5'": ({DEFEATED}, set()),
    "SELECT * FROM customers WHERE id + 0 = 5": ({DEFEATED}, set()),
    "SELECT * FROM customers WHERE email LIKE 'u5%'": ({SCAN, LIKE}, {("email",)}),
    "SELECT * FROM customers WHERE name LIKE 'n5%'": ({SCAN}, {("name",)}),
    "SELECT * FROM customers WHERE name LIKE '%n5'": ({WILDCARD}, set()),
    "SELECT * FROM customers WHERE email GLOB 'u5*'": (set(), set()),
    "SELECT * FROM orders WHERE created > '2024-20'": ({SKIP}, {("created",)}),
    "SELECT * FROM orders WHERE created > '2024-20' AND created < '2024-21'": (
        {SKIP},
        {("created",)},
    ),
    "SELECT * FROM orders WHERE status = 'open' ORDER BY created": (set(), set()),
    "SELECT * FROM orders ORDER BY total LIMIT 5": ({ORDER, WHOLE}, {("total",)}),
    "SELECT * FROM orders ORDER BY status, total": ({ORDER, WHOLE}, {("status", "total")}),
    "SELECT * FROM orders ORDER BY id DESC LIMIT 5": ({WHOLE}, set()),
    "SELECT customer_id, count(*) FROM orders GROUP BY 1": ({GROUP, WHOLE}, set()),
    "SELECT customer_id, count(*) FROM orders GROUP BY customer_id": (
        {GROUP, WHOLE},
        {("customer_id",)},
    ),
    "SELECT DISTINCT note FROM orders": ({DISTINCT, WHOLE}, {("note",)}),
    "SELECT DISTINCT status FROM orders": ({WHOLE}, set()),
    "SELECT id FROM orders UNION SELECT id FROM items": ({COMPOUND, WHOLE}, set()),
    "SELECT id FROM orders UNION ALL SELECT id FROM items": ({WHOLE}, set()),
    "SELECT id, row_number() OVER (PARTITION BY customer_id ORDER BY total) FROM orders": (
        {ORDER, WHOLE},
        {("customer_id", "total")},
    ),
    "SELECT c.name FROM customers c LEFT JOIN orders o ON o.customer_id = c.id": (
        {AUTO, WHOLE},
        {("customer_id",)},
    ),
    "SELECT o.id, i.qty FROM orders o JOIN items i ON i.order_id = o.id WHERE o.status = 'open'": (
        set(),
        set(),
    ),
    "SELECT c.id, (SELECT max(qty) FROM items i WHERE i.order_id = c.id) FROM customers c": (
        {CORRELATED, WHOLE},
        set(),
    ),
    "SELECT (SELECT max(qty) FROM items i WHERE i.order_id = c.id) FROM customers c WHERE id = 1": (
        set(),
        set(),
    ),
    "SELECT * FROM customers c WHERE EXISTS "
    "(SELECT 1 FROM orders o WHERE o.customer_id = c.id AND o.total > 690)": (
        {NESTED, CORRELATED, WHOLE},
        {("customer_id", "total")},
    ),
    "SELECT * FROM customers WHERE id IN (SELECT customer_id FROM orders WHERE total > 690)": (
        {SCAN},
        {("total",)},
    ),
    "WITH t AS MATERIALIZED (SELECT customer_id, sum(total) s FROM orders GROUP BY customer_id) "
    "SELECT * FROM t a JOIN t b ON b.customer_id = a.customer_id": (
        {GROUP, WHOLE, AUTO_SUBQUERY},
        {("customer_id",)},
    ),
    "WITH RECURSIVE r(id) AS (SELECT 1 UNION ALL SELECT t.id FROM tree t JOIN r "
    "ON t.parent = r.id) SELECT count(*) FROM r": ({AUTO}, {("parent",)}),
    'SELECT * FROM "odd table" WHERE "my col" = 5': ({SCAN}, {("my col",)}),
    'SELECT * FROM "odd table" AS "o t" WHERE "o t"."select" = \'x5\'': ({SCAN}, {("select",)}),
    "SELECT * FROM dear WHERE customer_id = 5": ({SCAN}, {("customer_id", "total")}),
    "SELECT * FROM dearest d WHERE d.customer_id = 5": ({SCAN}, {("customer_id", "total")}),
    "SELECT * FROM small s JOIN small t ON t.a = s.b": (set(), set()),
    "UPDATE orders SET total = 1 WHERE customer_id = 7": ({SCAN}, {("customer_id",)}),
    "DELETE FROM items WHERE sku = 's5'": ({SCAN}, {("sku",)}),
    "INSERT INTO small SELECT customer_id, total FROM orders WHERE note = 'x'": (
        {SCAN},
        {("note",)},
    ),
    "SELECT * FROM main.orders WHERE note = 'x'": ({SCAN}, {("note",)}),
    "SELECT * FROM main.orders o JOIN main.items i ON i.sku = o.note WHERE o.id < 5": (
        {AUTO, SCAN},
        {("note",), ("sku",)},
    ),
    "SELECT * FROM oids WHERE oid = 5": ({SCAN}, {("oid",)}),
    "SELECT * FROM oids WHERE MIXED = 5": ({SCAN}, {("Mixed",)}),
    "VALUES (1), (2)": (set(), set()),
    "SELECT * FROM json_each('[1, 2]')": (set(), set()),
}


@pytest.fixture(scope="module")
def shop():
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.executescript(SCHEMA)
    yield connection
    connection.close()


@pytest.mark.parametrize("sql", CASES)
def test_findings_and_hints_and_the_planner_picks_each_up(shop, sql):
    steps = explain_run.steps(shop, sql)
    facts = explain_run.facts(shop, steps, sql)
    shown = sqlite_explained(steps, sql, facts, checks=Rehearsal(shop, sql))
    found, columns = CASES[sql]
    assert "OTHER" not in {step.kind for step in steps}
    assert {finding.id for finding in shown.findings} == found
    assert {hint.columns for hint in shown.hints} == columns
    for path in {hint.path for hint in shown.hints}:
        made = [hint for hint in shown.hints if hint.path == path]
        shop.execute("BEGIN")
        for hint in made:
            shop.execute(hint.sql)
        used = {step.index for step in explain_run.steps(shop, sql)}
        shop.execute("ROLLBACK")
        assert {hint.sql.split()[2] for hint in made} <= used


@pytest.fixture
async def session(tmp_path):
    path = tmp_path / "shop.db"
    connection = sqlite3.connect(path)
    connection.executescript(SCHEMA)
    connection.close()
    before = path.read_bytes()
    opened = await Session.open(parse(str(path)))
    yield opened
    await opened.close()
    assert path.read_bytes() == before


HELPED = (
    "SELECT * FROM orders WHERE customer_id = 7",
    "SELECT * FROM customers WHERE lower(email) = 'u5'",
    "SELECT * FROM dear WHERE customer_id = 5",
    "SELECT * FROM orders ORDER BY total LIMIT 5",
    "SELECT c.name FROM customers c LEFT JOIN orders o ON o.customer_id = c.id",
    "SELECT * FROM customers c WHERE c.id < 150 AND EXISTS "
    "(SELECT 1 FROM orders o WHERE o.customer_id = c.id AND o.total > 690)",
)
NOT_HELPED = (
    ("SELECT sum(total) FROM orders", "orders", "customer_id"),
    ("SELECT * FROM orders WHERE id = 5", "orders", "total"),
    ("SELECT count(*) FROM orders WHERE total + 0 > 5", "orders", "note"),
)


@pytest.mark.parametrize("sql", HELPED)
async def test_an_index_that_helps_is_proved_to(session, sql):
    hint = next(iter((await explain(session, Request(sql))).shown.hints))
    proof = await prove(session, sql, [hint])
    assert proof.used
    assert proof.helps, (proof.before_ms, proof.after_ms)


@pytest.mark.parametrize(("sql", "table", "column"), NOT_HELPED)
async def test_an_index_that_does_not_help_is_proved_not_to(session, sql, table, column):
    hint = IndexHint(table, (column,), f"CREATE INDEX tried ON {table} ({column});")
    proof = await prove(session, sql, [hint])
    assert not proof.used
    assert not proof.helps


def told(path, sql):
    """What is said about a statement on a database of one's own making."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        steps = explain_run.steps(connection, sql)
        return sqlite_explained(steps, sql, explain_run.facts(connection, steps, sql))
    finally:
        connection.close()


def made(path, *statements):
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()
    return path


def test_an_index_gets_a_name_that_is_free(tmp_path):
    path = made(
        tmp_path / "a.db",
        "CREATE TABLE t(note TEXT)",
        COUNT.format(3_000) + "INSERT INTO t SELECT 'n' || i FROM g",
        "CREATE INDEX t_note ON t(note)",
        "ANALYZE",
    )
    (hint,) = told(path, "SELECT * FROM t WHERE note LIKE 'n5%'").hints
    assert hint.sql == "CREATE INDEX t_note_2 ON t (note COLLATE NOCASE);"


def test_every_index_in_an_advice_can_be_created_even_on_a_small_table(tmp_path):
    path = made(
        tmp_path / "a.db",
        'CREATE TABLE "Few Rows"("Key" INT, v INT)',
        COUNT.format(200) + 'INSERT INTO "Few Rows" SELECT i, i FROM g',
        "CREATE TABLE many(id INTEGER PRIMARY KEY, k INT)",
        COUNT.format(3_000) + "INSERT INTO many SELECT i, i % 200 FROM g",
    )
    shown = told(path, 'SELECT * FROM many m LEFT JOIN "Few Rows" f ON f."Key" = m.k')
    fix = next(finding.fix for finding in shown.findings if finding.id == AUTO)
    assert fix == 'CREATE INDEX few_rows_key ON "Few Rows" ("Key");'
    made(path, fix)


def test_a_skip_scan_is_answered_by_the_index_it_lacks(tmp_path):
    path = made(
        tmp_path / "a.db",
        "CREATE TABLE t(a INT, b INT)",
        COUNT.format(9_000) + "INSERT INTO t SELECT i % 3, i FROM g",
        "CREATE INDEX t_a_b ON t(a, b)",
        "ANALYZE",
    )
    shown = told(path, "SELECT * FROM t WHERE b = 5")
    assert [(finding.id, finding.fix) for finding in shown.findings] == [
        (SKIP, "CREATE INDEX t_b ON t (b);")
    ]
