SELECT s.indexrelname AS name, s.idx_scan AS scans
FROM pg_catalog.pg_stat_all_indexes s
WHERE s.relid = %(oid)s::oid
