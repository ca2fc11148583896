-- What the head line says. The limit is what is left of max_connections for ordinary roles.
SELECT pg_catalog.current_setting('server_version') AS version,
       pg_catalog.current_database() AS database, current_user AS role,
       pg_catalog.pg_is_in_recovery() AS in_recovery,
       pg_catalog.current_setting('max_connections')::int
           - pg_catalog.current_setting('superuser_reserved_connections')::int
           - coalesce(pg_catalog.current_setting('reserved_connections', true)::int, 0) AS connections,
       pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') AS sees_all,
       pg_catalog.to_char(
           pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'
       ) AS at
