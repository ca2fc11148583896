-- Replication slots: what keeps WAL and old rows for somebody who may never come back.
SELECT s.slot_name AS name, s.slot_type AS kind, s.database, s.active, s.active_pid AS pid,
       CASE WHEN pg_catalog.pg_is_in_recovery() THEN NULL
            ELSE pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), s.restart_lsn)
       END AS retained_bytes,
       greatest(pg_catalog.age(s.xmin), pg_catalog.age(s.catalog_xmin)) AS xmin_age
  FROM pg_catalog.pg_replication_slots s
 ORDER BY s.slot_name
