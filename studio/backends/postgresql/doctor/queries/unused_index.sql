, since AS (
  SELECT coalesce(stats_reset, pg_postmaster_start_time()) AS at FROM pg_stat_database WHERE datname = current_database()
), counted AS (
  SELECT i.indexrelid, i.indrelid, i.indkey::int2[] AS columns, i.indnkeyatts, c.relname, c.relkind, n.nspname, r.name AS relation,
         CASE WHEN c.relkind = 'i' THEN pg_stat_get_numscans(i.indexrelid)
              ELSE (SELECT sum(pg_stat_get_numscans(t.relid)) FROM pg_partition_tree(i.indexrelid) AS t) END AS scans,
         CASE WHEN c.relkind = 'i' THEN pg_relation_size(i.indexrelid)
              ELSE (SELECT sum(pg_relation_size(t.relid)) FROM pg_partition_tree(i.indexrelid) AS t) END AS bytes
  FROM pg_index AS i
  JOIN pg_class AS c ON c.oid = i.indexrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  JOIN relation AS r ON r.oid = i.indrelid
  WHERE i.indisvalid AND NOT c.relispartition AND NOT i.indisunique AND NOT i.indisreplident AND NOT pg_is_in_recovery()
    AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = i.indexrelid)
)
SELECT format('%s.%s', u.nspname, u.relname) AS object, 'notice' AS severity, u.relation AS relation, u.bytes AS weight,
       format('DROP INDEX %s%I.%I;', CASE WHEN u.relkind = 'I' THEN '' ELSE 'CONCURRENTLY ' END, u.nspname, u.relname) AS fix,
       json_build_object('table', u.indrelid::regclass::text, 'bytes', u.bytes,
         'days_observed', extract(day FROM now() - since.at)::int,
         'writes', (SELECT n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_all_tables AS t WHERE t.relid = u.indrelid),
         'definition', regexp_replace(pg_get_indexdef(u.indexrelid), '[\n\r]', ' ', 'g')) AS evidence
FROM counted AS u CROSS JOIN since
WHERE u.scans = 0 AND u.bytes > 1048576 AND now() - since.at > interval '7 days'
  AND NOT EXISTS (
    SELECT FROM pg_constraint AS k
    WHERE k.contype = 'f' AND k.conrelid = u.indrelid AND k.conkey <@ u.columns[0:u.indnkeyatts - 1]
  )
