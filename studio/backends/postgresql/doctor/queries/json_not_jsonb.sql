SELECT format('%s.%s', r.name, a.attname) AS object, 'notice' AS severity, r.name AS relation, greatest(r.reltuples, 0) AS weight,
       format('ALTER TABLE %s ALTER COLUMN %I TYPE jsonb USING %I::jsonb;', r.quoted, a.attname, a.attname) AS fix,
       json_build_object('rows', greatest(r.reltuples, 0)::bigint) AS evidence
FROM relation AS r
JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid = 'json'::regtype
WHERE r.relkind IN ('r', 'p') AND NOT r.relispartition
