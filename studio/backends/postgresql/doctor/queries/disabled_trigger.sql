SELECT format('%s.%s', r.name, t.tgname) AS object, 'warning' AS severity, r.name AS relation, 0 AS weight,
       format('ALTER TABLE %s ENABLE TRIGGER %I;', r.quoted, t.tgname) AS fix,
       json_build_object('function', t.tgfoid::regprocedure::text) AS evidence
FROM pg_trigger AS t
JOIN relation AS r ON r.oid = t.tgrelid
WHERE NOT t.tgisinternal AND t.tgenabled = 'D' AND NOT r.relispartition
