SELECT 'gid:' || p.gid AS object, CASE WHEN now() - p.prepared > interval '1 hour' THEN 'error' ELSE 'warning' END AS severity,
       '' AS relation, extract(epoch FROM now() - p.prepared) AS weight, format('ROLLBACK PREPARED %L;', p.gid) AS fix,
       json_build_object('owner', p.owner, 'database', p.database, 'age_s', extract(epoch FROM now() - p.prepared)::int,
         'xid_age', age(p.transaction)) AS evidence
FROM pg_prepared_xacts AS p
WHERE now() - p.prepared > interval '5 minutes'
