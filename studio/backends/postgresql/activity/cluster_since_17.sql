-- The server as a whole; a rate is what two looks differ by.
SELECT extract(epoch FROM pg_catalog.clock_timestamp()) AS at_s,
       pg_catalog.pg_wal_lsn_diff(
           CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_receive_lsn()
                ELSE pg_catalog.pg_current_wal_insert_lsn() END, '0/0') AS wal_bytes,
       b.num_timed AS timed, b.num_requested AS requested,
       pg_catalog.to_char(b.stats_reset AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since,
       (SELECT count(*) FROM pg_catalog.pg_stat_activity AS a WHERE a.backend_type = 'autovacuum worker') AS vacuums,
       pg_catalog.current_setting('autovacuum_max_workers') AS vacuum_limit
FROM pg_catalog.pg_stat_checkpointer AS b
