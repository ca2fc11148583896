"""A database whose objects act where a read-only transaction holds nothing back."""

SCHEMA = """
CREATE TABLE t (a int PRIMARY KEY, b text);
INSERT INTO t SELECT i, 'row ' || i FROM generate_series(1, 20) i;
CREATE SEQUENCE s;

-- A file of the server, as COPY in a function makes it although the transaction only reads.
CREATE FUNCTION acts(int DEFAULT 1) RETURNS int LANGUAGE plpgsql AS
  $$BEGIN EXECUTE 'COPY (SELECT 1) TO ''@made'''; RETURN $1; END$$;
CREATE FUNCTION pg_file_write(text, text, boolean) RETURNS bigint LANGUAGE plpgsql AS
  $$BEGIN RETURN acts(); END$$;
CREATE FUNCTION dblink_exec(text, text) RETURNS text LANGUAGE plpgsql AS
  $$BEGIN PERFORM acts(); RETURN 'OK'; END$$;
-- The shape of the extension's: STABLE, and runs what it is given.
CREATE FUNCTION connectby(text) RETURNS SETOF text LANGUAGE plpgsql STABLE AS
  $$BEGIN RETURN QUERY EXECUTE 'SELECT (' || $1 || ')::text'; END$$;
CREATE FUNCTION crosstab(text) RETURNS SETOF text LANGUAGE plpgsql STABLE AS
  $$BEGIN RETURN QUERY EXECUTE $1; END$$;

CREATE FUNCTION by_default(x int DEFAULT acts()) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT x';
CREATE FUNCTION acts_twice(int, int) RETURNS int LANGUAGE sql AS 'SELECT acts()';
CREATE FUNCTION acts_on_text(text) RETURNS int LANGUAGE sql AS 'SELECT acts()';
CREATE FUNCTION of_row(t) RETURNS int LANGUAGE sql AS 'SELECT acts()';
CREATE FUNCTION in_rows() RETURNS SETOF int LANGUAGE sql AS 'SELECT acts()';
CREATE FUNCTION is_seen(int) RETURNS boolean LANGUAGE sql AS 'SELECT acts() = 1';
CREATE FUNCTION compares(int, int) RETURNS int LANGUAGE plpgsql AS
  $$BEGIN PERFORM acts(); RETURN btint4cmp($1, $2); END$$;
CREATE FUNCTION of_any(VARIADIC anyarray) RETURNS int LANGUAGE sql AS 'SELECT acts()';
CREATE PROCEDURE proceeds() LANGUAGE sql AS 'SELECT acts()';
CREATE FUNCTION out_of_tree() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT acts(); END;

CREATE VIEW acting_view AS SELECT acts() x;
CREATE VIEW over_view AS SELECT * FROM (SELECT x + 1 AS x FROM acting_view) v;
CREATE VIEW where_view AS SELECT a FROM t WHERE is_seen(a);
CREATE VIEW terminating AS SELECT pg_advisory_lock(77)::text x;
CREATE OPERATOR ~~~ (leftarg = int, rightarg = int, function = acts_twice);
CREATE OPERATOR !!! (rightarg = text, function = acts_on_text);
CREATE AGGREGATE acting_sum(int) (sfunc = acts_twice, stype = int, initcond = '0');
CREATE AGGREGATE acting_end(int) (sfunc = int4pl, stype = int, initcond = '0', finalfunc = acts);
CREATE TYPE kind AS ENUM ('a', 'b');
CREATE FUNCTION of_kind(kind) RETURNS int LANGUAGE sql AS 'SELECT acts()';
CREATE CAST (kind AS int) WITH FUNCTION of_kind(kind);
CREATE TYPE pair AS (x int, y int);
CREATE FUNCTION from_pair(pair) RETURNS int LANGUAGE sql AS 'SELECT acts()';
CREATE CAST (pair AS int) WITH FUNCTION from_pair(pair) AS IMPLICIT;
CREATE OPERATOR <<< (leftarg = int, rightarg = int, function = int4lt);
CREATE OPERATOR CLASS acting_ops FOR TYPE int USING btree AS
  OPERATOR 1 <<<, OPERATOR 3 = , FUNCTION 1 compares(int, int);
CREATE TYPE acting_range AS RANGE (subtype = int, subtype_opclass = acting_ops);

CREATE TABLE guarded (a int);
INSERT INTO guarded VALUES (1);
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON guarded USING (is_seen(a));
CREATE TABLE sorted (a int);
CREATE INDEX ON sorted (a acting_ops);

CREATE SCHEMA evil;
CREATE FUNCTION evil.lower(text) RETURNS text LANGUAGE plpgsql AS
  $$BEGIN PERFORM public.acts(); RETURN $1; END$$;
CREATE FUNCTION evil.same(int, int) RETURNS boolean LANGUAGE plpgsql AS
  $$BEGIN PERFORM public.acts(); RETURN true; END$$;
CREATE FUNCTION evil.oid_same(oid, oid) RETURNS boolean LANGUAGE plpgsql AS
  $$BEGIN PERFORM public.acts(); RETURN true; END$$;
CREATE FUNCTION evil.text_same(text, text) RETURNS boolean LANGUAGE plpgsql AS
  $$BEGIN PERFORM public.acts(); RETURN false; END$$;
CREATE OPERATOR evil.= (leftarg = int, rightarg = int, function = evil.same);
CREATE OPERATOR evil.= (leftarg = oid, rightarg = oid, function = evil.oid_same);
CREATE OPERATOR evil.= (leftarg = text, rightarg = text, function = evil.text_same);
CREATE FUNCTION evil.set_config(text, text, boolean) RETURNS text LANGUAGE plpgsql AS
  $$BEGIN PERFORM public.acts(); RETURN ''; END$$;

CREATE FUNCTION steady(x int) RETURNS int LANGUAGE sql STABLE AS 'SELECT x + 1';
CREATE FUNCTION fixed(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS
  $$BEGIN RETURN upper($1); END$$;
CREATE VIEW plain_view AS SELECT a, fixed(b) b, now() seen FROM t WHERE steady(a) > 2;
CREATE DOMAIN percent AS int CHECK (VALUE BETWEEN 0 AND 100);
CREATE TABLE made_of (p percent, k kind, r int4range, e text[], j jsonb, x pair);
INSERT INTO made_of VALUES (5, 'a', '[1,4)', '{x}', '{"a":[1,2]}', '(1,2)');
"""

FOREIGN = """
CREATE TABLE parent (a int);
CREATE FOREIGN DATA WRAPPER handless;
CREATE SERVER far FOREIGN DATA WRAPPER handless;
CREATE FOREIGN TABLE child () INHERITS (parent) SERVER far;
"""
"""Apart: the catalog's own views ask every wrapper, and this one has no handler."""
DOMAINS = """
CREATE DOMAIN acting_domain AS int CHECK (acts() = 1 AND VALUE > 0);
CREATE DOMAIN over_domain AS acting_domain;
CREATE TYPE acting_row AS (v acting_domain);
CREATE TABLE of_domain (v acting_domain, many acting_domain[]);
"""
"""In a database of their own: they make the server act as it reads a literal, and studio wary."""

FUNCTIONS = {
    "acts": "",
    "public.acts": "2",
    "pg_file_write": "'@made', 'x', false",
    "dblink_exec": "'dbname=postgres', 'DROP TABLE t'",
    "connectby": "'select acts()'",
    "crosstab": "'select acts()::text'",
    "by_default": "",
    "acts_on_text": "'x'",
    "in_rows": "",
    "of_any": "1, 2",
    "out_of_tree": "",
    "pg_terminate_backend": "@victim",
    "pg_catalog.pg_terminate_backend": "@victim",
    "pg_cancel_backend": "@victim",
    "pg_advisory_lock": "77",
    "pg_try_advisory_lock_shared": "77",
    "pg_create_physical_replication_slot": "'made', true",
    "pg_create_restore_point": "'made'",
    "pg_switch_wal": "",
    "pg_logical_emit_message": "false, 'made', 'made'",
    "pg_rotate_logfile": "",
    "pg_reload_conf": "",
    "pg_stat_reset": "",
    "pg_stat_reset_shared": "'bgwriter'",
    "pg_log_backend_memory_contexts": "@victim",
    "pg_export_snapshot": "",
    "pg_notify": "'heard', 'x'",
    "pg_import_system_collations": "'public'::regnamespace",
    "pg_current_xact_id": "",
    "txid_current": "",
    "pg_catalog.set_config": "'transaction_read_only', 'off', true",
    "nextval": "'s'",
    "setval": "'s', 7",
    "lo_create": "0",
    "lo_export": "1, '@made'",
    "query_to_xml": "'select acts()', true, false, ''",
    "table_to_xml": "'acting_view', true, false, ''",
    "schema_to_xml": "'public', true, false, ''",
    "database_to_xml": "true, false, ''",
    "ts_stat": "'select to_tsvector(acts()::text)'",
    "ts_rewrite": "'a'::tsquery, 'select ''a''::tsquery, acts()::text::tsquery'",
}
"""Functions that act, each with its arguments."""

INDIRECT = r"""
TABLE acting_view
SELECT * FROM over_view
SELECT count(*) FROM where_view
SELECT * FROM U&"acting\005fview"
SELECT x FROM terminating
WITH v AS (SELECT * FROM over_view) SELECT 1 FROM v
SELECT 1 ~~~ 2
SELECT 1 OPERATOR(public.~~~) 2
SELECT a ~~~ ANY (ARRAY[1]) FROM t
SELECT !!! 'x'
SELECT acting_sum(a) FROM t
SELECT acting_end(a) FROM t
SELECT acting_sum(a) OVER (ORDER BY a) FROM t
SELECT U&"acting\005fsum"(a) FROM t
SELECT (ROW(1, 2)::pair)::int
SELECT int4 '1' + ROW(1, 2)::pair
SELECT 'a'::kind::int
SELECT t.of_row FROM t
SELECT of_row(t) FROM t
SELECT (t).of_row FROM t
SELECT acts FROM ROWS FROM (acts()) x
SELECT * FROM in_rows() WITH ORDINALITY
SELECT * FROM t TABLESAMPLE bernoulli (acts())
SELECT * FROM t LIMIT acts()
SELECT * FROM t OFFSET acts()
SELECT sum(a) OVER (ROWS acts() PRECEDING) FROM t
SELECT percentile_cont(acts()) WITHIN GROUP (ORDER BY a) FROM t
SELECT a FROM t GROUP BY GROUPING SETS ((a), (acts()))
SELECT * FROM guarded
SELECT * FROM parent
SELECT * FROM sorted WHERE a = 1
SELECT * FROM child
SELECT a FROM t ORDER BY a USING <<<
SELECT acting_range(1, 4)
SELECT by_default() FROM t
SELECT evil.lower('x')
SELECT 1 OPERATOR(evil.=) 1
SELECT (SELECT acts() WHERE NOT EXISTS (SELECT * FROM t WHERE a < 0))
SELECT 1; SELECT acts()
SELECT 1 AS a; COMMIT; SELECT acts()
EXPLAIN ANALYZE TABLE acting_view
EXPLAIN (ANALYZE) SELECT * FROM over_view
EXPLAIN (ANALYZE, ANALYZE) SELECT 1 ~~~ 2
EXPLAIN (ANALYZE 1, COSTS OFF) SELECT acting_sum(a) FROM t
EXPLAIN (U&"\0061nalyze") SELECT acts()
EXPLAIN ("analyze" TRUE) SELECT acts()
EXPLAIN ANALYSE SELECT acts()
EXPLAIN /* ; */ ANALYZE /* */ VERBOSE SELECT acts()
EXPLAIN ANALYZE EXECUTE p
EXPLAIN ANALYZE CREATE TABLE made AS SELECT acts()
EXPLAIN ANALYZE DECLARE c CURSOR FOR SELECT acts()
EXPLAIN SELECT * FROM t WHERE b = table_to_xml('acting_view', true, false, '')::text
COPY (SELECT acts()) TO STDOUT
COPY t TO '@made'
COPY t TO PROGRAM 'touch @made'
DO $$BEGIN PERFORM acts(); END$$
CALL proceeds()
PREPARE p AS SELECT acts()
EXECUTE p
DECLARE c CURSOR WITH HOLD FOR SELECT acts()
LISTEN heard
NOTIFY heard
CHECKPOINT
LOAD '@made'
LOCK TABLE t
SET transaction_read_only = off
RESET ALL
DISCARD ALL
DEALLOCATE ALL
VACUUM
ANALYZE t
CLUSTER
REINDEX TABLE t
ALTER SYSTEM SET work_mem = '9MB'
SECURITY LABEL ON TABLE t IS 'x'
CREATE TABLE made AS SELECT acts()
SELECT acts() INTO made
CREATE TEMP TABLE made (a int)
INSERT INTO t SELECT acts()
UPDATE t SET a = acts()
DELETE FROM t WHERE acts() = 1
WITH d AS (DELETE FROM t RETURNING a) SELECT acts()
MERGE INTO t USING t u ON t.a = u.a WHEN MATCHED THEN DELETE
""".strip().splitlines()
"""Statements that act without a call in sight, or are no queries."""

THROUGH_DOMAINS = r"""
SELECT 5::acting_domain
SELECT CAST(a AS acting_domain) FROM t
SELECT 5::over_domain
SELECT acting_domain '5'
SELECT '{5}'::acting_domain[]
SELECT ' (5) '::acting_row
SELECT E'\x28\x35)'::acting_row
SELECT U&'\00285)'::acting_row
SELECT $x$(5)$x$::acting_row
SELECT '(5)'::U&"acting\005frow"
SELECT * FROM of_domain WHERE many = '{5}'
SELECT of_domain '(5,)'
SELECT ROW(5)::acting_row
SELECT ARRAY[5]::acting_domain[]
SELECT '5'::text::acting_domain
SELECT * FROM jsonb_to_record('{"v": 5}') AS x (v acting_domain)
SELECT * FROM jsonb_populate_record(NULL::acting_row, '{"v": 5}')
SELECT * FROM json_to_recordset('[{"v": 5}]') AS x (v acting_domain)
SELECT * FROM jsonb_populate_record(NULL::of_domain, '{"v": 5}')
SELECT * FROM XMLTABLE('/a' PASSING '<a>5</a>' COLUMNS v acting_domain PATH '.')
SELECT * FROM JSON_TABLE('[5]'::jsonb, '$[*]' COLUMNS (v acting_domain PATH '$'))
SELECT JSON_VALUE('{"a": 5}'::jsonb, '$.a' RETURNING acting_domain)
""".strip().splitlines()
"""Statements that act by the check of a domain, some while the server only reads them."""
