, holder AS (
  SELECT 'session ' || pid AS who, age(backend_xmin) AS xids FROM pg_stat_activity
  WHERE backend_xmin IS NOT NULL AND pid <> pg_backend_pid()
  UNION ALL SELECT 'prepared transaction ' || gid, age(transaction) FROM pg_prepared_xacts
  UNION ALL SELECT 'slot ' || slot_name, greatest(age(xmin), age(catalog_xmin)) FROM pg_replication_slots
  WHERE xmin IS NOT NULL OR catalog_xmin IS NOT NULL
), oldest AS (
  SELECT json_build_object('who', who, 'age', xids) AS it FROM holder ORDER BY xids DESC LIMIT 1
), threshold AS (
  SELECT r.oid,
         coalesce((SELECT option_value FROM pg_options_to_table(r.reloptions) WHERE option_name = 'autovacuum_vacuum_threshold'),
                  current_setting('autovacuum_vacuum_threshold'))::float8
         + coalesce((SELECT option_value FROM pg_options_to_table(r.reloptions) WHERE option_name = 'autovacuum_vacuum_scale_factor'),
                    current_setting('autovacuum_vacuum_scale_factor'))::float8 * greatest(r.reltuples, 0) AS dead
  FROM relation AS r
)
SELECT r.name AS object, 'warning' AS severity, r.name AS relation, s.n_dead_tup AS weight,
       format('VACUUM (ANALYZE, VERBOSE) %s;', r.quoted) AS fix,
       json_build_object('estimated_dead', s.n_dead_tup,
         -- Counted since the statistics began only, where nobody has looked.
         'estimated_live', CASE WHEN s.n_live_tup > 0 OR r.estimated_rows IS NOT NULL THEN s.n_live_tup END, 'bytes', pg_relation_size(r.oid),
         'last_autovacuum', s.last_autovacuum, 'last_vacuum', s.last_vacuum, 'oldest_snapshot', (SELECT it FROM oldest)) AS evidence
FROM relation AS r
JOIN threshold AS t ON t.oid = r.oid
JOIN pg_stat_all_tables AS s ON s.relid = r.oid
WHERE s.n_dead_tup > 10000 AND s.n_dead_tup > 0.2 * (s.n_live_tup + s.n_dead_tup) AND s.n_dead_tup > 2 * t.dead
  AND NOT EXISTS (SELECT FROM pg_stat_progress_vacuum AS v WHERE v.relid = r.oid)
