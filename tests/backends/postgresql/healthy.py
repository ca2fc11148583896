"""Ordinary reads, one a line: none may be refused."""

EXPRESSIONS = r"""
1 + 2 * 3
7 / 2.0, 7 % 2, 2 ^ 3, |/ 16, @ -5
round(2.5), ceil(1.2), floor(-1.2), trunc(9.99, 1), sign(-3), mod(7, 3), gcd(12, 18)
sqrt(2), exp(1), ln(2), power(2, 10), pi(), degrees(1), sin(1), width_bucket(5, 0, 10, 5)
random(), random() < 0.5
now(), clock_timestamp(), statement_timestamp(), timeofday()
current_date, current_time, localtimestamp, transaction_timestamp()
now() - interval '1 day'
date_trunc('month', now()), date_part('year', now()), extract(epoch FROM now())
to_char(now(), 'YYYY-MM-DD'), to_date('2024-01-02', 'YYYY-MM-DD')
age(now(), '2020-01-01'), make_date(2024, 2, 29), make_interval(days => 3)
now() AT TIME ZONE 'Europe/Rome', timezone('UTC', now())
date_bin('15 min', now(), '2020-01-01'), justify_hours('27 h')
'2024-01-31'::date + 1, daterange('2024-01-01', '2024-02-01') @> current_date
gen_random_uuid()
md5('x'), sha256('x'), encode('x', 'base64'), decode('eA==', 'base64'), hashtext('x')
upper('x'), lower('X'), initcap('a b'), length('abc'), char_length('abc'), octet_length('é')
'a' || 'b' || 1, concat('a', 1, NULL), concat_ws(',', 'a', 'b'), format('%s-%I-%L', 1, 'a', 'b')
substring('abcdef' FROM 2 FOR 3), substr('abc', 2), left('abc', 2), right('abc', 2)
position('b' IN 'abc'), strpos('abc', 'c'), overlay('abc' PLACING 'x' FROM 2)
trim(both 'x' FROM 'xax'), btrim(' a '), ltrim(' a'), rpad('a', 3, '.'), repeat('a', 3)
replace('abc', 'b', 'x'), translate('abc', 'ab', 'xy'), reverse('abc'), ascii('a'), chr(65)
split_part('a,b,c', ',', 2), string_to_array('a,b', ','), array_to_string(ARRAY[1, 2], ',')
'abc' LIKE 'a%', 'abc' ILIKE 'A%', 'abc' SIMILAR TO 'a%', 'abc' ~ '^a', 'abc' !~* 'B', 'a\_b'
regexp_replace('abc', 'b', 'x', 'g'), regexp_match('a1', '(\d)'), regexp_split_to_array('a b', '\s')
regexp_count('aaa', 'a'), regexp_instr('abc', 'c'), regexp_substr('abc', 'b.')
starts_with('ab', 'a')
quote_ident('a b'), quote_literal('it''s'), quote_nullable(NULL)
to_number('1,234', '9,999'), to_char(1234.5, '9,999.99'), 'x'::bytea, '\xff'::bytea
'{"a": [1, 2]}'::jsonb -> 'a' ->> 0, '{"a": 1}'::json ->> 'a', '{"a": 1}'::jsonb @> '{"a": 1}'
jsonb_path_query_array('{"a": [1, 2]}', '$.a[*]'), jsonb_path_exists('{"a": 1}', '$.a')
jsonb_build_object('a', 1, 'b', now()), json_build_array(1, 'x'), to_jsonb(ROW(1, 2))
row_to_json(ROW(1))
jsonb_set('{}', '{a}', '1'), jsonb_strip_nulls('{"a": null}'), jsonb_pretty('{}'), jsonb_typeof('1')
jsonb_array_length('[1]'), '{"a": 1}'::jsonb || '{"b": 2}', '{"a": 1}'::jsonb - 'a'
'{}'::jsonb ? 'a'
JSON_VALUE('{"a": 5}'::jsonb, '$.a' RETURNING int), JSON_QUERY('{"a": [5]}'::jsonb, '$.a')
JSON_EXISTS('{"a": 5}'::jsonb, '$.a'), '[]' IS JSON ARRAY, JSON_OBJECT('a': 1)
ARRAY[1, 2] || 3, array_append(ARRAY[1], 2), array_length(ARRAY[1], 1), cardinality(ARRAY[1, 2])
array_position(ARRAY['a'], 'a'), array_remove(ARRAY[1, 2], 1), ARRAY[1] && ARRAY[1], 1 = ANY ('{1}')
(ARRAY[1, 2, 3])[2:3], array_fill(0, ARRAY[2]), array_agg(x) FROM generate_series(1, 3) x
array_shuffle(ARRAY[1, 2, 3]), array_sample(ARRAY[1, 2], 1), trim_array(ARRAY[1, 2], 1)
int4range(1, 5) * int4range(3, 9), lower(int4range(1, 5)), '[1,2]'::numrange && '[2,3]'
to_tsvector('english', 'a fat cat') @@ to_tsquery('cat'), plainto_tsquery('a b')
websearch_to_tsquery('a -b')
ts_rank(to_tsvector('cat'), 'cat'::tsquery), ts_headline('a cat', 'cat')
ts_lexize('english_stem', 'cats')
coalesce(NULL, 1), nullif(1, 1), greatest(1, 2), least(1, 2), num_nulls(NULL, 1)
1 IS DISTINCT FROM NULL, 5 BETWEEN 1 AND 9, (1, 2) < (1, 3), ROW(1, 'a') = ROW(1, 'a')
inet '10.0.0.1' << '10.0.0.0/8', host('10.0.0.1'), masklen('10.0.0.0/8'), '1.1.1.1'::inet + 1
point(1, 2) <-> point(3, 4), box '((0,0),(1,1))' @> point(0.5, 0.5), area(circle(point(0, 0), 1))
B'101' & B'011', bit_count(B'101'), 5 & 3, 5 # 3, ~5, 1 << 3
current_user, session_user, current_database(), current_schema(), current_catalog, current_role
version(), pg_postmaster_start_time(), pg_conf_load_time(), pg_backend_pid(), inet_client_addr()
current_setting('work_mem'), current_setting('no.such', true), pg_size_pretty(123456::bigint)
pg_relation_size('t'), pg_table_size('t'), pg_total_relation_size('t'), pg_indexes_size('t')
pg_database_size(current_database()), pg_size_pretty(pg_database_size(current_database()))
pg_get_viewdef('plain_view'), pg_get_functiondef('fixed(text)'::regprocedure)
pg_get_indexdef('t_pkey'::regclass), pg_get_expr(NULL, 0), pg_get_userbyid(10), format_type(23, -1)
pg_get_serial_sequence('t', 'a'), obj_description('t'::regclass), col_description('t'::regclass, 1)
pg_typeof(1), 't'::regclass, to_regclass('no_such'), 'int'::regtype, 'acts(int)'::regprocedure
has_table_privilege('t', 'SELECT'), has_schema_privilege('public', 'USAGE')
pg_has_role('postgres', 'MEMBER')
pg_is_in_recovery(), pg_current_wal_lsn(), pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')
pg_blocking_pids(pg_backend_pid()), txid_current_if_assigned(), pg_current_snapshot(), pg_sleep(0)
steady(3), fixed('x'), steady(steady(1)), public.fixed('a')
50::percent, 'a'::kind, enum_range(NULL::kind), '(1,2)'::pair, ROW(1, 2)::pair
(ROW(1, 2)::pair).x, '[1,4)'::int4range, 5::text::percent, 'x'::varchar(3), 1::numeric(5, 2)
$$a 'quoted' text; with -- marks$$, E'\n', U&'\0041', 'it''s'
num_nonnulls(1, NULL), ROW(1, NULL) IS NULL, 1 NOT IN (2, 3)
lo_get(0) WHERE false
"""
QUERIES = r"""
TABLE t
VALUES (1, 'a'), (2, 'b')
SELECT * FROM t WHERE a = 1
SELECT a, b AS "delete" FROM t ORDER BY b DESC NULLS LAST LIMIT 3 OFFSET 1
SELECT * FROM plain_view
SELECT * FROM made_of
SELECT p, k::text, upper(r), j -> 'a' FROM made_of WHERE e @> '{x}' AND (x).x = 1
SELECT * FROM of_domain
SELECT v, v + 1, count(*) FROM of_domain WHERE v = 3 OR v IN (1, 2) GROUP BY v ORDER BY v
SELECT count(*), count(DISTINCT a), sum(a), avg(a), min(b), max(b), stddev(a), variance(a) FROM t
SELECT string_agg(b, ',' ORDER BY a), array_agg(a), json_agg(t), jsonb_object_agg(a, b) FROM t
SELECT bool_and(a > 0), bit_or(a), every(a > 0), mode() WITHIN GROUP (ORDER BY b) FROM t
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a), corr(a, a), regr_slope(a, a) FROM t
SELECT a % 3 AS g, count(*) FILTER (WHERE a > 5) FROM t GROUP BY 1 HAVING count(*) > 1 ORDER BY 1
SELECT a % 2, b, grouping(b) FROM t GROUP BY ROLLUP (a % 2, b)
SELECT row_number() OVER w, rank() OVER w, lag(a) OVER w FROM t WINDOW w AS (ORDER BY a)
SELECT ntile(4) OVER (ORDER BY a), first_value(b) OVER (PARTITION BY a % 2 ORDER BY a) FROM t
SELECT avg(a) OVER (ORDER BY a ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) FROM t
SELECT count(*) OVER (ORDER BY a RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM t
SELECT DISTINCT a % 3 FROM t
SELECT DISTINCT ON (a % 3) a FROM t ORDER BY a % 3, a
SELECT * FROM t JOIN t u USING (a) LEFT JOIN t w ON w.a = u.a + 1
SELECT * FROM t NATURAL JOIN t u
SELECT * FROM t FULL JOIN generate_series(1, 30) g ON g = a
SELECT * FROM t CROSS JOIN LATERAL (SELECT count(*) FROM t u WHERE u.a < t.a) x
SELECT * FROM t WHERE EXISTS (SELECT 1 FROM t u WHERE u.a = t.a + 1)
SELECT * FROM t WHERE a IN (SELECT a FROM t) AND a NOT IN (2, 3) AND a = ANY (ARRAY[1, 2])
SELECT * FROM t WHERE b LIKE 'row 1%' AND length(b) > 3 OR b ~ '\d$'
SELECT a FROM t UNION SELECT 2 INTERSECT SELECT a FROM t EXCEPT SELECT 9
WITH x AS (SELECT * FROM t), y AS MATERIALIZED (SELECT a FROM x) SELECT * FROM y
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9) SELECT sum(i) FROM n
WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL TABLE n) SEARCH DEPTH FIRST BY i SET o SELECT 1
SELECT * FROM generate_series(1, 3) WITH ORDINALITY
SELECT * FROM generate_series(now(), now() + interval '2 days', '1 day')
SELECT * FROM unnest(ARRAY[1, 2], ARRAY['a', 'b']) AS x (n, s)
SELECT * FROM ROWS FROM (generate_series(1, 2), unnest(ARRAY['a'])) AS x (n, s)
SELECT * FROM jsonb_each('{"a": 1}'), jsonb_object_keys('{"b": 1}')
SELECT * FROM jsonb_to_recordset('[{"a": 1, "b": "x"}]') AS x (a int, b text)
SELECT * FROM jsonb_populate_record(NULL::pair, '{"x": 1}')
SELECT * FROM JSON_TABLE('[1, 2]'::jsonb, '$[*]' COLUMNS (n int PATH '$'))
SELECT * FROM t WHERE (a, b) IN (SELECT a, b FROM t)
SELECT * FROM regexp_matches('a1b2', '[a-z]\d', 'g')
SELECT * FROM string_to_table('a,b', ',')
SELECT word, ndoc FROM (VALUES ('a', 1)) x (word, ndoc)
SELECT * FROM ts_parse('default', 'a b')
SELECT * FROM t TABLESAMPLE bernoulli (50) REPEATABLE (1)
SELECT * FROM t TABLESAMPLE system (50)
SELECT * FROM t ORDER BY a FETCH FIRST 2 ROWS WITH TIES
SELECT * FROM t ORDER BY a FETCH FIRST 2 ROWS ONLY
SELECT ctid, xmin, tableoid::regclass, * FROM t
SELECT t, t.*, (t).b FROM t
SELECT last_value, is_called FROM s
SELECT CASE a WHEN 1 THEN 'one' ELSE 'more' END FROM t
SELECT a::text COLLATE "C" FROM t ORDER BY b COLLATE "C"
SELECT * FROM pg_stat_activity
SELECT * FROM pg_locks
SELECT * FROM pg_settings
SELECT * FROM pg_stat_user_tables
SELECT * FROM pg_stat_user_indexes
SELECT * FROM pg_statio_user_tables
SELECT * FROM pg_stat_database
SELECT * FROM pg_stat_bgwriter
SELECT * FROM pg_stat_wal
SELECT * FROM pg_stat_io
SELECT * FROM pg_stat_replication
SELECT * FROM pg_stat_progress_vacuum
SELECT * FROM pg_stat_xact_user_tables
SELECT * FROM pg_stat_user_functions
SELECT * FROM pg_replication_slots
SELECT * FROM pg_prepared_xacts
SELECT * FROM pg_prepared_statements
SELECT * FROM pg_cursors
SELECT * FROM pg_stats
SELECT * FROM pg_stats_ext
SELECT * FROM pg_tables
SELECT * FROM pg_views WHERE schemaname = 'public'
SELECT * FROM pg_indexes
SELECT * FROM pg_sequences
SELECT * FROM pg_matviews
SELECT * FROM pg_policies
SELECT * FROM pg_rules
SELECT * FROM pg_roles
SELECT * FROM pg_user
SELECT * FROM pg_shadow
SELECT * FROM pg_timezone_names LIMIT 2
SELECT * FROM pg_available_extensions
SELECT * FROM pg_file_settings
SELECT * FROM pg_hba_file_rules
SELECT * FROM pg_config
SELECT * FROM pg_backend_memory_contexts
SELECT * FROM pg_shmem_allocations
SELECT * FROM pg_control_system()
SELECT * FROM pg_control_checkpoint()
SELECT * FROM pg_ls_waldir()
SELECT * FROM pg_partition_tree('t')
SELECT * FROM pg_get_keywords() LIMIT 2
SELECT * FROM aclexplode('{postgres=r/postgres}')
SELECT relname, relkind, reltuples FROM pg_class WHERE relnamespace = 'public'::regnamespace
SELECT proname, pg_get_function_arguments(oid), provolatile FROM pg_proc LIMIT 3
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger
SELECT pg_get_ruledef(oid) FROM pg_rewrite LIMIT 2
SELECT nspname, nspacl FROM pg_namespace
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 't'::regclass
SELECT pid, query, pg_blocking_pids(pid), now() - query_start FROM pg_stat_activity
SELECT * FROM information_schema.tables
SELECT * FROM information_schema.columns WHERE table_name = 't'
SELECT * FROM information_schema.table_constraints
SELECT * FROM information_schema.key_column_usage
SELECT * FROM information_schema.referential_constraints
SELECT * FROM information_schema.views
SELECT * FROM information_schema.routines
SELECT * FROM information_schema.sequences
SELECT * FROM information_schema.schemata
SELECT * FROM information_schema.triggers
SELECT * FROM information_schema.domains
SELECT * FROM information_schema.column_privileges
SELECT * FROM information_schema.check_constraints
SELECT * FROM pg_stat_ssl
SELECT * FROM pg_stat_archiver
SELECT * FROM pg_ident_file_mappings
SELECT count(*) FROM t, t u, t v
SELECT * FROM (VALUES (1, 'a')) AS x (n, s) WHERE s <> 'b'
SELECT a FROM t WHERE b = 'row 1' OR b IS NULL
SELECT 1 WHERE 'abc' ~~ 'a%' AND NOT false
SHOW work_mem
SHOW ALL
SHOW search_path
EXPLAIN SELECT * FROM t
EXPLAIN (VERBOSE, FORMAT JSON) SELECT * FROM acting_view
EXPLAIN SELECT acts()
EXPLAIN DELETE FROM t
EXPLAIN (ANALYZE false) DELETE FROM t
EXPLAIN CREATE TABLE zz AS SELECT acts()
EXPLAIN ANALYZE SELECT * FROM t
EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) SELECT * FROM plain_view
EXPLAIN (GENERIC_PLAN) SELECT * FROM t WHERE a = $1
""".strip().splitlines()
READS = [*(f"SELECT {line}" for line in EXPRESSIONS.strip().splitlines()), *QUERIES]
