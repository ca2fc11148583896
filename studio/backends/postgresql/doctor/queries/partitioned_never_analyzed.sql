, root AS (
  SELECT r.oid, r.nspname, r.relname, r.name, r.quoted, count(*) AS partitions, sum(s.n_live_tup) AS live
  FROM relation AS r
  CROSS JOIN LATERAL pg_partition_tree(r.oid) AS t
  JOIN pg_stat_all_tables AS s ON s.relid = t.relid
  WHERE r.relkind = 'p' AND NOT r.relispartition AND t.isleaf
  GROUP BY r.oid, r.nspname, r.relname, r.name, r.quoted
)
SELECT r.name AS object, 'notice' AS severity, r.name AS relation, r.live AS weight, format('ANALYZE %s;', r.quoted) AS fix,
       json_build_object('partitions', r.partitions, 'estimated_rows', r.live) AS evidence
FROM root AS r
WHERE r.live >= 10000 AND has_table_privilege(r.oid, 'SELECT')
  AND NOT EXISTS (
    SELECT FROM pg_stats AS s WHERE s.schemaname = r.nspname AND s.tablename = r.relname AND s.inherited
  )
