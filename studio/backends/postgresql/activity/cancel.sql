-- Only the statement that was seen: the pid may be another session by now.
SELECT pg_catalog.pg_cancel_backend(a.pid) AS sent
  FROM pg_catalog.pg_stat_activity a
 WHERE a.pid = %(pid)s::int AND a.backend_start = %(began)s::timestamptz
   AND a.query_start IS NOT DISTINCT FROM %(query_began)s::timestamptz
