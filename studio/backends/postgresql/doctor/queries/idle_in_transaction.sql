SELECT 'pid:' || a.pid AS object, CASE WHEN now() - a.xact_start > interval '1 hour' THEN 'error' ELSE 'warning' END AS severity,
       '' AS relation, extract(epoch FROM now() - a.xact_start) AS weight,
       format('ALTER ROLE %I SET idle_in_transaction_session_timeout = ''60s'';', a.usename) AS fix,
       json_build_object('role', a.usename, 'database', a.datname, 'application', a.application_name,
         'idle_s', extract(epoch FROM now() - a.state_change)::int, 'transaction_s', extract(epoch FROM now() - a.xact_start)::int,
         'xmin_age', age(a.backend_xmin), 'xid', a.backend_xid::text,
         'holds', CASE WHEN a.backend_xid IS NOT NULL THEN 'what it has written or locked stays locked'
                       WHEN a.backend_xmin IS NOT NULL THEN 'its snapshot holds back vacuum' ELSE 'it holds its locks' END,
         'last_query', left(a.query, 120)) AS evidence
FROM pg_stat_activity AS a
WHERE a.state LIKE 'idle in transaction%' AND a.pid <> pg_backend_pid() AND now() - a.state_change > interval '5 minutes'
