-- How far long commands came, of this database: names of others are known there only.
SELECT pid, 'VACUUM' AS what, relid::regclass::text AS on_what, phase, heap_blks_scanned AS done,
       heap_blks_total AS total
  FROM pg_catalog.pg_stat_progress_vacuum WHERE datname = pg_catalog.current_database()
 UNION ALL
SELECT pid, command, relid::regclass::text, phase, coalesce(nullif(blocks_done, 0), tuples_done),
       coalesce(nullif(blocks_total, 0), tuples_total)
  FROM pg_catalog.pg_stat_progress_create_index WHERE datname = pg_catalog.current_database()
 UNION ALL
SELECT pid, command, relid::regclass::text, phase, heap_blks_scanned, heap_blks_total
  FROM pg_catalog.pg_stat_progress_cluster WHERE datname = pg_catalog.current_database()
 UNION ALL
SELECT pid, 'ANALYZE', relid::regclass::text, phase, sample_blks_scanned, sample_blks_total
  FROM pg_catalog.pg_stat_progress_analyze WHERE datname = pg_catalog.current_database()
 UNION ALL
SELECT pid, 'BASE BACKUP', NULL, phase, backup_streamed, backup_total
  FROM pg_catalog.pg_stat_progress_basebackup
