, limits AS (
  SELECT current_setting('autovacuum_freeze_max_age')::bigint AS xid,
         current_setting('autovacuum_multixact_freeze_max_age')::bigint AS multixact
)
SELECT 'database:' || d.datname AS object,
       CASE WHEN greatest(age(d.datfrozenxid), mxid_age(d.datminmxid)) > 1500000000 THEN 'error' ELSE 'warning' END AS severity,
       '' AS relation, age(d.datfrozenxid) AS weight, 'VACUUM (FREEZE, VERBOSE);' AS fix,
       json_build_object('xid_age', age(d.datfrozenxid), 'multixact_age', mxid_age(d.datminmxid),
         'freeze_max_age', limits.xid, 'stops_at', 2146483647, 'oldest_table',
         (SELECT json_build_object('name', c.oid::regclass::text, 'age', age(c.relfrozenxid)) FROM pg_class AS c
          WHERE c.relkind IN ('r', 'm', 't') AND d.datname = current_database() ORDER BY age(c.relfrozenxid) DESC LIMIT 1)) AS evidence
FROM pg_database AS d CROSS JOIN limits
WHERE age(d.datfrozenxid) > greatest(limits.xid * 1.5, limits.xid + 100000000)
   OR mxid_age(d.datminmxid) > greatest(limits.multixact * 1.5, limits.multixact + 100000000)
