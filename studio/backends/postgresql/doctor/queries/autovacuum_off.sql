SELECT r.name AS object,
       CASE WHEN s.n_live_tup > 10000 OR age(nullif(r.relfrozenxid, '0'::xid)) > 100000000 THEN 'warning' ELSE 'notice' END AS severity,
       r.name AS relation, coalesce(s.n_live_tup, 0) AS weight,
       format('ALTER TABLE %s RESET (autovacuum_enabled);', r.quoted) AS fix,
       json_build_object('option', option, 'estimated_dead', s.n_dead_tup,
         'estimated_live', CASE WHEN s.n_live_tup > 0 OR r.estimated_rows IS NOT NULL THEN s.n_live_tup END) AS evidence
FROM relation AS r
CROSS JOIN LATERAL unnest(r.reloptions) AS option
LEFT JOIN pg_stat_all_tables AS s ON s.relid = r.oid
WHERE option ~ '^autovacuum_enabled=(false|off|no|0|f)'
