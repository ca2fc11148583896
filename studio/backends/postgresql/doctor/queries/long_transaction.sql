SELECT 'pid:' || a.pid AS object, 'warning' AS severity, '' AS relation, extract(epoch FROM now() - a.xact_start) AS weight,
       format('SELECT pg_cancel_backend(%s);', a.pid) AS fix,
       json_build_object('role', a.usename, 'transaction_s', extract(epoch FROM now() - a.xact_start)::int,
         'xmin_age', age(a.backend_xmin), 'query', left(a.query, 120)) AS evidence
FROM pg_stat_activity AS a
WHERE a.state = 'active' AND a.backend_type = 'client backend' AND a.pid <> pg_backend_pid() AND a.xact_start < now() - interval '1 hour'
