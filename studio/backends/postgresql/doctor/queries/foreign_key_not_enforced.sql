SELECT format('%s.%s', r.name, k.conname) AS object, 'error' AS severity, r.name AS relation, 0 AS weight,
       string_agg(DISTINCT format('ALTER TABLE %s ENABLE TRIGGER ALL;', t.tgrelid::regclass), E'\n') AS fix,
       (SELECT o.rows FROM orphan AS o WHERE o.key = k.oid) AS faulty,
       json_build_object('disabled_triggers', count(*), 'on_tables', json_agg(DISTINCT t.tgrelid::regclass::text)) AS evidence
FROM pg_trigger AS t
JOIN pg_constraint AS k ON k.oid = t.tgconstraint AND k.contype = 'f'
JOIN relation AS r ON r.oid = k.conrelid
WHERE t.tgisinternal AND t.tgenabled = 'D'
GROUP BY r.name, k.oid, k.conname
