-- Who is sent the WAL, and how far behind it is. Masked for a role without pg_monitor.
SELECT r.pid, r.application_name AS name, pg_catalog.host(r.client_addr) AS client, r.state, r.sync_state,
       CASE WHEN pg_catalog.pg_is_in_recovery() THEN NULL
            ELSE pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), r.replay_lsn) END AS lag_bytes,
       extract(epoch FROM r.replay_lag)::float8 AS lag_s
  FROM pg_catalog.pg_stat_replication r
 ORDER BY r.pid
