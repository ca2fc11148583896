-- What the server counts of each database, of a template where somebody is in it. Nothing of it needs a right, and no file is looked at.
SELECT d.datname AS name, s.xact_commit AS commits, s.xact_rollback AS rollbacks,
       s.blks_read AS blocks_read, s.blks_hit AS blocks_hit, s.temp_bytes AS temp_bytes, s.deadlocks AS deadlocks,
       pg_catalog.to_char(s.stats_reset AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since
FROM pg_catalog.pg_database AS d
LEFT JOIN pg_catalog.pg_stat_database AS s ON s.datid = d.oid
WHERE NOT d.datistemplate
   OR EXISTS (SELECT FROM pg_catalog.pg_stat_activity AS a WHERE a.datid = d.oid)
ORDER BY d.datname
