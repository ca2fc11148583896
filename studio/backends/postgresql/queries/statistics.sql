-- What ANALYZE saw of a column. A table with children has two of them: what SELECT reads is the
-- whole tree. Nothing of a column that this user may not read.
SELECT s.null_frac,
       s.n_distinct,
       s.avg_width,
       s.inherited,
       pg_catalog.to_char(greatest(a.last_analyze, a.last_autoanalyze), 'YYYY-MM-DD HH24:MI')
         AS analyzed,
       c.reltuples AS tuples
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_stats s
  ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = %(column)s
LEFT JOIN pg_catalog.pg_stat_all_tables a ON a.relid = c.oid
WHERE c.oid = %(oid)s::oid
ORDER BY s.inherited DESC
LIMIT 1
