-- Every process, and which of them are this one or pages like it. `IS NOT DISTINCT FROM`, because what
-- is hidden from a role is NULL.
SELECT a.pid, a.leader_pid, a.backend_type, a.datname, a.usename, a.application_name,
       pg_catalog.host(a.client_addr) AS client, a.state, a.wait_event_type, a.wait_event,
       a.backend_xid::text AS xid, pg_catalog.age(a.backend_xmin) AS xmin_age, NULL::bigint AS query_id,
       extract(epoch FROM pg_catalog.clock_timestamp() - a.backend_start)::float8 AS connected_s,
       extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)::float8 AS transaction_s,
       extract(epoch FROM pg_catalog.clock_timestamp() - a.query_start)::float8 AS query_s,
       extract(epoch FROM pg_catalog.clock_timestamp() - a.state_change)::float8 AS state_s,
       pg_catalog.left(a.query, 2000) AS query, a.query = '<insufficient privilege>' AS hidden,
       r.rolsuper AS superuser, a.backend_start::text AS began, a.query_start::text AS query_began,
       a.pid = pg_catalog.pg_backend_pid()
       OR a.leader_pid IS NOT DISTINCT FROM pg_catalog.pg_backend_pid()
       OR a.application_name IS NOT DISTINCT FROM 'studio activity' AS ours
  FROM pg_catalog.pg_stat_activity a
  LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.usesysid
