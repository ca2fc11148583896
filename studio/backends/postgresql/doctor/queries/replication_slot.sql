, slot AS (
  SELECT s.*, to_jsonb(s) AS all_of_it,
         pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, s.restart_lsn)::bigint AS kept
  FROM pg_replication_slots AS s
  WHERE NOT s.temporary
)
SELECT 'slot:' || s.slot_name AS object,
       CASE WHEN s.wal_status IN ('unreserved', 'lost') OR (NOT s.active AND s.kept > 10737418240) THEN 'error' ELSE 'warning' END AS severity,
       '' AS relation, coalesce(s.kept, 0) AS weight, format('SELECT pg_drop_replication_slot(%L);', s.slot_name) AS fix,
       json_build_object('type', s.slot_type, 'active', s.active, 'kept_bytes', s.kept, 'wal_status', s.wal_status,
         'max_slot_wal_keep_size', current_setting('max_slot_wal_keep_size'), 'xmin_age', age(s.xmin),
         'catalog_xmin_age', age(s.catalog_xmin), 'inactive_since', s.all_of_it ->> 'inactive_since',
         'invalidation', s.all_of_it ->> 'invalidation_reason') AS evidence
FROM slot AS s
WHERE s.wal_status IN ('extended', 'unreserved', 'lost') OR s.kept > 1073741824
   OR (NOT s.active AND s.kept > 16777216) OR greatest(age(s.xmin), age(s.catalog_xmin)) > 10000000
