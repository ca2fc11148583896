-- Only the session that was seen: the pid may be another one by now.
SELECT pg_catalog.pg_terminate_backend(a.pid) AS sent
  FROM pg_catalog.pg_stat_activity a
 WHERE a.pid = %(pid)s::int AND a.backend_start = %(began)s::timestamptz
