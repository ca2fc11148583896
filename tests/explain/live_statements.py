"""Tables and statements that make a live PostgreSQL show each thing a plan can show."""

from dataclasses import dataclass, field

SCHEMA = (
    "CREATE TABLE customers (id int PRIMARY KEY, name text, city text, country text, tier text)",
    "INSERT INTO customers SELECT i, 'Customer ' || i, 'city' || i % 100, 'land' || i % 100 / 10, "
    "CASE i % 50 WHEN 0 THEN 'gold' ELSE 'basic' END FROM generate_series(1, 20000) i",
    "CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL, status text, "
    "total numeric(10, 2), placed timestamptz, note text)",
    "INSERT INTO orders SELECT i, 1 + (i * 7919) % 20000, "
    "CASE WHEN i % 10 = 0 THEN 'open' ELSE 'done' END, i * 31 % 50000 / 100.0, "
    "timestamptz '2023-01-01' + i * 5 * interval '1 minute', 'note ' || md5(i::text) "
    "FROM generate_series(1, 100000) i",
    "CREATE INDEX orders_status ON orders (status)",
    "CREATE TABLE items (id int PRIMARY KEY, order_id int NOT NULL, sku int, qty int, price int)",
    "INSERT INTO items SELECT i, 1 + (i * 104729::bigint) % 100000, i * 13 % 5000, 1 + i % 5, "
    "i % 9999 FROM generate_series(1, 200000) i",
    "CREATE INDEX items_sku ON items (sku)",
    "CREATE TABLE events (id int, ts timestamp, kind text) PARTITION BY RANGE (ts)",
    *(
        f"CREATE TABLE events_{m:02} PARTITION OF events FOR VALUES FROM ('2024-{m:02}-01') "
        f"TO ('2024-{m + 1:02}-01')"
        for m in range(1, 8)
    ),
    "INSERT INTO events SELECT i, timestamp '2024-01-01' + i * 4 * interval '1 minute', "
    "'k' || i % 20 FROM generate_series(1, 70000) i",
    "CREATE TABLE parents (id int PRIMARY KEY, v int)",
    "INSERT INTO parents SELECT i, i FROM generate_series(1, 5000) i",
    "CREATE TABLE children (id int PRIMARY KEY, parent_id int REFERENCES parents, v int)",
    "INSERT INTO children SELECT i, 1 + i % 4000, i FROM generate_series(1, 40000) i",
    "CREATE TABLE bands (lo int, hi int, label text)",
    "INSERT INTO bands SELECT i * 10, i * 10 + 9, 'b' || i FROM generate_series(0, 499) i",
    "CREATE TABLE ages (v int, pad text)",
    "INSERT INTO ages SELECT i / 7, repeat('x', 60) FROM generate_series(1, 60000) i",
    "CREATE INDEX ages_v ON ages USING brin (v)",
    "CREATE TABLE hot (id int PRIMARY KEY, v int)",
    "INSERT INTO hot SELECT i, i FROM generate_series(1, 30000) i",
    "CREATE TABLE audited (id int PRIMARY KEY, v int)",
    "INSERT INTO audited SELECT i, i FROM generate_series(1, 20000) i",
    "CREATE TABLE log (id serial PRIMARY KEY, what text)",
    "CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS "
    "$$BEGIN INSERT INTO log (what) VALUES (TG_OP); RETURN NULL; END$$",
    "CREATE TRIGGER noted AFTER UPDATE ON audited FOR EACH ROW EXECUTE FUNCTION noted()",
    "CREATE FUNCTION slow(int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$DECLARE x int := 0; "
    "BEGIN FOR i IN 1..400 LOOP x := x + i; END LOOP; RETURN ($1 + x) % 3 = 0; END$$",
    "CREATE FUNCTION many() RETURNS SETOF int LANGUAGE plpgsql AS "
    "$$BEGIN RETURN QUERY SELECT g FROM generate_series(1, 15000) g; END$$",
    'CREATE TABLE "Odd Name" AS SELECT i AS "Mixed Col" FROM generate_series(1, 50000) i',
    "CREATE TABLE employees (id int PRIMARY KEY, manager int)",
    "INSERT INTO employees SELECT i, i / 4 FROM generate_series(1, 5000) i",
    "ANALYZE",
    *(f"VACUUM {table}" for table in ("customers", "orders", "items", "parents")),
)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, the settings it is planned under, and what has to be found in its plan."""

    sql: str
    must: tuple[str, ...] = ()
    off: str = ""
    """Planner methods switched off, as in enable_…"""
    memory: str = "4MB"
    parallel: bool = False
    more: dict[str, str] = field(default_factory=dict)

    def settings(self) -> dict[str, str]:
        """Everything to SET LOCAL."""
        found = {"work_mem": self.memory, "max_parallel_workers_per_gather": "0"}
        found |= {f"enable_{name}": "off" for name in self.off.split()}
        if self.parallel:
            found |= dict.fromkeys(PARALLEL, "0")
            found["max_parallel_workers_per_gather"] = "2"
        return found | self.more


PARALLEL = (
    "parallel_setup_cost",
    "parallel_tuple_cost",
    "min_parallel_table_scan_size",
    "min_parallel_index_scan_size",
)
LOOPS = "hashjoin mergejoin memoize"
MANY_LOOPS = (
    "SELECT count(*) FROM customers c JOIN orders o ON o.id = c.id "
    "AND o.note !~ '([0-9].*){4}z' WHERE c.tier = 'basic'"
)
"""The condition costs enough that the inner side has its share of the time on a busy machine."""

STATEMENTS: dict[str, Statement] = {
    # Scans.
    "scan_equality": Statement("SELECT * FROM orders WHERE customer_id = 77", ("seq_scan_filter",)),
    "scan_keeps_most": Statement("SELECT count(*) FROM orders WHERE total > 100"),
    "scan_small": Statement("SELECT * FROM bands WHERE label = 'b3'"),
    "scan_pattern": Statement("SELECT * FROM orders WHERE note LIKE '%zz%'", ("seq_scan_filter",)),
    "scan_prefix": Statement(
        "SELECT * FROM orders WHERE note LIKE 'note ab%'", ("seq_scan_filter",)
    ),
    "scan_expression": Statement(
        "SELECT * FROM orders WHERE lower(note) = 'x'", ("seq_scan_filter",)
    ),
    "scan_cast": Statement(
        "SELECT * FROM orders WHERE placed::date = '2023-05-05'", ("seq_scan_filter",)
    ),
    "scan_or": Statement(
        "SELECT * FROM orders WHERE customer_id = 77 OR total = 1.5", ("seq_scan_filter",)
    ),
    "scan_ordered": Statement(
        "SELECT * FROM orders WHERE customer_id = 77 ORDER BY placed DESC LIMIT 3",
        ("seq_scan_filter",),
    ),
    "scan_parallel": Statement(
        "SELECT * FROM orders WHERE note LIKE '%zz%'", ("seq_scan_filter",), parallel=True
    ),
    "scan_odd_names": Statement(
        'SELECT count(*) FROM "Odd Name" WHERE "Mixed Col" = 5', ("seq_scan_filter",)
    ),
    "scan_hashed_list": Statement(
        "SELECT count(*) FROM orders WHERE customer_id NOT IN "
        "(SELECT id FROM customers WHERE tier = 'basic')"
    ),
    "scan_of_function": Statement(
        "SELECT count(*) FROM audited WHERE slow(id)", ("expensive_filter_function",)
    ),
    "scan_cheap_function": Statement("SELECT count(*) FROM orders WHERE lower(status) > 'a'"),
    # Indexes.
    "index_discards": Statement(
        "SELECT * FROM orders WHERE status = 'open' AND customer_id = 4000",
        ("index_filter_discards",),
        "seqscan",
    ),
    "index_discards_few": Statement(
        "SELECT * FROM orders WHERE id < 800 AND total < 50", (), "seqscan"
    ),
    "bitmap_discards": Statement(
        "SELECT * FROM items WHERE sku BETWEEN 10 AND 400 AND qty = 9",
        ("index_filter_discards",),
        "seqscan",
    ),
    "bitmap_lossy": Statement(
        "SELECT count(qty) FROM items WHERE sku < 2500",
        ("lossy_bitmap",),
        "seqscan indexscan",
        "64kB",
    ),
    "bitmap_exact": Statement("SELECT count(qty) FROM items WHERE sku < 25"),
    "bitmap_brin": Statement(
        "SELECT count(*) FROM ages WHERE v BETWEEN 100 AND 900", (), "seqscan"
    ),
    "bitmap_parallel": Statement(
        "SELECT count(qty) FROM items WHERE sku < 300 OR sku BETWEEN 900 AND 1100",
        off="seqscan",
        parallel=True,
    ),
    "heap_fetches": Statement(
        "SELECT count(*) FROM hot WHERE id < 20000", ("heap_fetches",), "seqscan bitmapscan"
    ),
    "heap_clean": Statement(
        "SELECT count(*) FROM orders WHERE id < 20000", (), "seqscan bitmapscan"
    ),
    # Loops and joins.
    "inner_scan": Statement(
        "SELECT c.id, x.id FROM customers c, LATERAL (SELECT o.id FROM orders o WHERE "
        "o.customer_id = c.id ORDER BY o.placed DESC LIMIT 1) x WHERE c.id < 30",
        ("seq_scan_inner_loop",),
    ),
    "loop_many": Statement(
        MANY_LOOPS,
        ("nested_loop_many",),
        LOOPS,
    ),
    "loop_many_parallel": Statement(
        MANY_LOOPS,
        ("nested_loop_many",),
        LOOPS,
        parallel=True,
    ),
    "loop_few": Statement(
        "SELECT count(*) FROM customers c JOIN orders o ON o.id = c.id WHERE c.id < 500", (), LOOPS
    ),
    "loop_memoized": Statement(
        "SELECT count(p.v) FROM items i JOIN parents p ON p.id = i.sku", (), "hashjoin mergejoin"
    ),
    "memoize_too_small": Statement(
        "SELECT count(p.v) FROM (SELECT sku FROM items ORDER BY id OFFSET 0) i "
        "LEFT JOIN parents p ON p.id = i.sku",
        ("memoize_ineffective",),
        "hashjoin mergejoin material",
        "64kB",
    ),
    "pairs_discarded": Statement(
        "SELECT count(*) FROM parents p JOIN bands b ON p.v >= b.lo AND p.v + 0 < b.hi",
        ("join_filter_discards",),
    ),
    "pairs_few": Statement(
        "SELECT count(*) FROM parents p JOIN bands b ON p.v >= b.lo AND p.v < b.hi WHERE p.id < 40"
    ),
    "full_join": Statement(
        "SELECT count(*) FROM parents p FULL JOIN children ch ON ch.parent_id = p.id"
    ),
    "anti_join": Statement(
        "SELECT count(*) FROM parents p LEFT JOIN children ch ON ch.parent_id = p.id "
        "WHERE ch.id IS NULL"
    ),
    # Estimates.
    "wrong_correlated": Statement(
        "SELECT count(*) FROM customers c JOIN orders o ON o.customer_id = c.id "
        "WHERE c.city = 'city40' AND c.country = 'land4' AND c.tier = 'gold'",
    ),
    "wrong_function": Statement(
        "SELECT count(*) FROM many() m JOIN customers c ON c.id = m", ("function_rows_estimate",)
    ),
    "wrong_opaque": Statement(
        "SELECT count(*) FROM customers c JOIN orders o ON o.customer_id = c.id "
        "WHERE c.name || c.city <> 'x' AND substr(c.name, 1, 8) = 'Customer'",
        ("row_misestimate",),
    ),
    "wrong_unread": Statement(
        "SELECT count(*) FROM customers WHERE substr(name, 1, 8) = 'Customer'"
    ),
    "wrong_by_limit": Statement(
        "SELECT * FROM orders o JOIN customers c ON c.id = o.customer_id LIMIT 5"
    ),
    "wrong_by_limit_in_cte": Statement(
        "WITH t AS MATERIALIZED (SELECT lo FROM bands) SELECT count(*) FROM parents p, "
        "(SELECT lo FROM t LIMIT 3) z WHERE p.id = z.lo"
    ),
    "wrong_recursive": Statement(
        "WITH RECURSIVE r AS (SELECT id, manager FROM employees WHERE id = 1 UNION ALL SELECT "
        "e.id, e.manager FROM employees e JOIN r ON e.manager = r.id) SELECT count(*) FROM r"
    ),
    # Memory.
    "sort_spills": Statement("SELECT * FROM orders ORDER BY note", ("sort_spill",), memory="1MB"),
    "sort_fits": Statement("SELECT id FROM customers ORDER BY name", memory="32MB"),
    "sort_top": Statement("SELECT * FROM orders ORDER BY note LIMIT 10", memory="1MB"),
    "sort_parallel": Statement(
        "SELECT * FROM orders ORDER BY note", ("sort_spill",), memory="256kB", parallel=True
    ),
    "sort_incremental": Statement(
        "SELECT * FROM (SELECT * FROM orders ORDER BY status) x ORDER BY status, note",
        ("sort_spill",),
        "seqscan",
        "256kB",
    ),
    "hash_spills": Statement(
        "SELECT count(*) FROM items i JOIN orders o ON o.id = i.order_id",
        ("hash_spill",),
        "mergejoin",
        "512kB",
    ),
    "hash_spills_parallel": Statement(
        "SELECT count(*) FROM items i JOIN orders o ON o.id = i.order_id",
        ("hash_spill",),
        "mergejoin",
        "256kB",
        parallel=True,
    ),
    "hash_fits": Statement(
        "SELECT count(*) FROM orders o JOIN customers c ON c.id = o.customer_id", memory="32MB"
    ),
    "group_spills": Statement(
        "SELECT note, count(*) FROM orders GROUP BY note", ("agg_spill",), "sort", "256kB"
    ),
    "group_spills_parallel": Statement(
        "SELECT order_id, count(*) FROM items GROUP BY order_id",
        ("agg_spill",),
        "sort",
        "256kB",
        parallel=True,
    ),
    "group_fits": Statement("SELECT status, count(*) FROM orders GROUP BY status"),
    "grouping_sets": Statement(
        "SELECT status, customer_id % 5, count(*) FROM orders GROUP BY CUBE (1, 2)",
        ("temp_io",),
        "hashagg",
        "256kB",
    ),
    "grouping_mixed": Statement(
        "SELECT status, qty, count(*) FROM orders JOIN items USING (id) "
        "GROUP BY GROUPING SETS ((status, qty), (qty), ())"
    ),
    "window_spills": Statement(
        "SELECT id, sum(total) OVER (PARTITION BY status) FROM orders", ("temp_io",), memory="256kB"
    ),
    "window_fits": Statement(
        "SELECT sum(total) OVER w FROM orders WHERE id < 500 WINDOW w AS (PARTITION BY status)"
    ),
    "function_kept": Statement(
        "SELECT count(*) FROM generate_series(1, 200000)", ("temp_io",), memory="256kB"
    ),
    # Subqueries.
    "subquery_correlated": Statement(
        "SELECT c.id, (SELECT max(o.placed) FROM orders o WHERE o.customer_id = c.id) "
        "FROM customers c WHERE c.id <= 110",
        ("correlated_subplan", "seq_scan_inner_loop"),
    ),
    "subquery_few": Statement(
        "SELECT c.id, (SELECT max(o.placed) FROM orders o WHERE o.id = c.id) "
        "FROM customers c WHERE c.id <= 90"
    ),
    "subquery_parallel": Statement(
        "SELECT count(*) FROM orders o WHERE "
        "(SELECT c.tier FROM customers c WHERE c.id = o.customer_id) = 'gold'",
        ("correlated_subplan",),
        parallel=True,
    ),
    "subquery_not_hashed": Statement(
        "SELECT count(*) FROM customers c WHERE c.id <= 120 AND c.id NOT IN "
        "(SELECT customer_id FROM orders WHERE customer_id > 15000)",
        ("subplan_not_hashed",),
        memory="64kB",
    ),
    "initplan": Statement(
        "SELECT count(*) FROM orders WHERE total > "
        "(SELECT avg(total) * 1.9 FROM orders WHERE status = 'open')",
        ("seq_scan_filter",),
    ),
    "initplan_parallel": Statement(
        "SELECT count(*) FROM orders WHERE total > (SELECT avg(total) * 1.9 FROM orders)",
        parallel=True,
    ),
    "initplan_nested": Statement(
        "SELECT count(*) FROM orders WHERE total > (SELECT avg(total) FROM orders WHERE id > "
        "(SELECT max(id) / 2 FROM customers))"
    ),
    "initplan_twice": Statement(
        "SELECT (SELECT count(*) FROM items), count(*) FROM orders "
        "WHERE total > (SELECT max(total) - 1 FROM orders)"
    ),
    "initplan_limit": Statement("SELECT * FROM orders LIMIT (SELECT count(*) / 1000 FROM items)"),
    "initplan_output": Statement(
        "SELECT id, (SELECT count(*) FROM items) FROM orders WHERE id < 9"
    ),
    "cte_filtered": Statement(
        "WITH t AS MATERIALIZED (SELECT * FROM orders) SELECT * FROM t WHERE id = 5",
        ("cte_filter_after_materialize",),
    ),
    "cte_two_readers": Statement(
        "WITH t AS MATERIALIZED (SELECT * FROM orders) "
        "SELECT * FROM t WHERE id = 5 UNION ALL SELECT * FROM t WHERE id = 7"
    ),
    "cte_by_parameter": Statement(
        "WITH t AS MATERIALIZED (SELECT * FROM orders) "
        "SELECT * FROM t WHERE id = (SELECT max(id) FROM parents)"
    ),
    "cte_averaged": Statement(
        "WITH t AS (SELECT customer_id, sum(total) s FROM orders GROUP BY 1) "
        "SELECT * FROM t WHERE s > (SELECT avg(s) FROM t)"
    ),
    "cte_of_cte": Statement(
        "WITH a AS MATERIALIZED (SELECT * FROM orders WHERE id < 20000), b AS MATERIALIZED "
        "(SELECT customer_id, count(*) FROM a GROUP BY 1) "
        "SELECT count(*) FROM b JOIN a USING (customer_id)"
    ),
    "cte_writes": Statement(
        "WITH gone AS (DELETE FROM children WHERE id < 3000 RETURNING *) SELECT count(*) FROM gone"
    ),
    "cte_writes_unread": Statement(
        "WITH u AS (UPDATE audited SET v = 0 WHERE id < 2000) SELECT count(*) FROM orders"
    ),
    "cte_writes_half_read": Statement(
        "WITH u AS (INSERT INTO log (what) SELECT 'x' FROM generate_series(1, 3000) RETURNING id) "
        "SELECT id FROM u LIMIT 2"
    ),
    "cte_hidden": Statement(
        "WITH t AS MATERIALIZED (SELECT 1 AS a FROM parents) SELECT count(*) FROM t, "
        "(WITH t AS MATERIALIZED (SELECT 2 AS a FROM bands) SELECT * FROM t LIMIT 3) z"
    ),
    # Partitions and offsets.
    "partitions_all": Statement(
        "SELECT count(*) FROM events WHERE date_trunc('month', ts) = '2024-05-01'",
        ("partitions_not_pruned",),
    ),
    "partitions_all_parallel": Statement(
        "SELECT count(*) FROM events WHERE date_trunc('month', ts) = '2024-05-01'",
        ("partitions_not_pruned",),
        parallel=True,
    ),
    "partitions_pruned": Statement(
        "SELECT count(*) FROM events WHERE ts >= '2024-05-01' AND ts < '2024-06-01'"
    ),
    "partitions_pruned_late": Statement(
        "SELECT count(*) FROM events WHERE ts >= (SELECT timestamp '2024-03-10') "
        "AND ts < (SELECT timestamp '2024-03-12')",
        ("never_executed",),
    ),
    "partitions_needed": Statement("SELECT kind, count(*) FROM events GROUP BY kind"),
    "partitions_updated": Statement(
        "UPDATE events SET kind = 'z' WHERE date_trunc('day', ts) = '2024-03-01'",
        ("partitions_not_pruned",),
    ),
    "unions_of_filters": Statement(
        " UNION ALL ".join(f"SELECT * FROM orders WHERE total = -{n}" for n in range(1, 5)),
        ("seq_scan_filter",),
    ),
    "offset": Statement(
        "SELECT id FROM orders ORDER BY placed LIMIT 20 OFFSET 60000", ("big_offset",)
    ),
    "offset_small": Statement("SELECT id FROM orders ORDER BY id LIMIT 20 OFFSET 5000"),
    "offset_large_page": Statement("SELECT id FROM orders ORDER BY id LIMIT 15000 OFFSET 15000"),
    # The statement as a whole.
    "key_checked": Statement(
        "DELETE FROM parents WHERE id BETWEEN 4500 AND 4520", ("fk_trigger_time",)
    ),
    "key_looked_up": Statement(
        "INSERT INTO children SELECT 100000 + i, 1 + i % 100, 1 FROM generate_series(1, 3000) i",
        ("fk_trigger_time",),
    ),
    "trigger_per_row": Statement("UPDATE audited SET v = v + 1 WHERE id < 4000", ("trigger_time",)),
    "planning": Statement(
        f"SELECT 1 FROM events a {' '.join(f'JOIN events {e} USING (ts)' for e in 'bcdegh')} "
        "JOIN customers f ON f.id = a.id WHERE f.id = -1",
        ("planning_dominates", "never_executed"),
        more={"enable_partitionwise_join": "on"},
    ),
    "workers_missing": Statement(
        "SELECT count(*) FROM orders",
        ("workers_not_launched",),
        parallel=True,
        more={"max_parallel_workers": "0"},
    ),
    "workers_there": Statement("SELECT count(*) FROM orders", parallel=True),
    "workers_without_leader": Statement(
        "SELECT avg(total) FROM orders",
        parallel=True,
        more={"parallel_leader_participation": "off"},
    ),
    "workers_rescanned": Statement(
        "SELECT g, b.c FROM generate_series(1, 3) g CROSS JOIN LATERAL "
        "(SELECT count(*) + g * 0 AS c FROM orders WHERE total > 300) b",
        parallel=True,
    ),
    "workers_ordered": Statement("SELECT * FROM orders ORDER BY total LIMIT 50", parallel=True),
    "disabled": Statement("SELECT count(*) FROM bands", ("disabled_node",), "seqscan"),
    "disabled_join": Statement(
        "SELECT count(*) FROM bands CROSS JOIN parents p WHERE p.id < 50",
        ("disabled_node",),
        "nestloop",
    ),
    "never_run": Statement(
        "SELECT * FROM bands b JOIN items i ON i.sku = b.lo WHERE b.label = 'none'",
        ("never_executed",),
        "hashjoin mergejoin",
    ),
    "merge": Statement(
        "MERGE INTO parents p USING (SELECT i FROM generate_series(4900, 5100) i) s ON p.id = s.i "
        "WHEN MATCHED THEN UPDATE SET v = 0 WHEN NOT MATCHED THEN INSERT VALUES (s.i, 1)"
    ),
    "upsert": Statement(
        "INSERT INTO parents SELECT i, 1 FROM generate_series(4900, 5100) i "
        "ON CONFLICT (id) DO UPDATE SET v = excluded.v RETURNING id"
    ),
    "set_operation": Statement(
        "SELECT customer_id FROM orders EXCEPT SELECT id FROM customers WHERE tier = 'gold'",
        memory="32MB",
    ),
    "created": Statement("CREATE TABLE copied AS SELECT * FROM orders WHERE id < 1000"),
    "locked": Statement("SELECT * FROM parents WHERE id < 100 FOR UPDATE"),
    "by_place": Statement("SELECT count(*) FROM orders WHERE ctid < '(100,1)'"),
    "listed": Statement("SELECT * FROM (VALUES (1, 'a'), (2, 'b')) v (a, b) WHERE a > 1"),
    "unnested": Statement("SELECT generate_series(1, 3), id FROM parents"),
}
