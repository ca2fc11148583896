-- Which relations somebody holds, or waits to hold, alone: reading even the size of one would wait. With an index its table,
-- with a partition those above it, whose facts are read from it.
, held AS (
  SELECT DISTINCT ON (place.oid) place.oid, l.pid, l.granted, s.usename AS role, s.application_name AS application
  FROM pg_locks AS l
  LEFT JOIN pg_index AS i ON i.indexrelid = l.relation
  CROSS JOIN LATERAL (SELECT coalesce(i.indrelid, l.relation) AS oid) AS place
  LEFT JOIN pg_stat_activity AS s ON s.pid = l.pid
  WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.pid IS DISTINCT FROM pg_backend_pid()
    AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
  ORDER BY place.oid, l.granted DESC, l.pid
)
SELECT json_build_object('name', format('%s.%s', n.nspname, c.relname), 'pid', h.pid, 'granted', h.granted,
         'role', h.role, 'application', h.application,
         'oids', ARRAY[c.oid::bigint] || ARRAY(SELECT a.relid::oid::bigint FROM pg_partition_ancestors(c.oid) AS a))::text AS locked
FROM held AS h
JOIN pg_class AS c ON c.oid = h.oid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind <> 't'
ORDER BY h.granted DESC, c.oid
