SELECT format('%s.%s', r.name, a.attname) AS object, 'notice' AS severity, r.name AS relation, r.reltuples AS weight,
       format(E'ALTER TABLE %s ADD CONSTRAINT %I CHECK (%I IN (%s)) NOT VALID;\nALTER TABLE %s VALIDATE CONSTRAINT %I;',
         r.quoted, left(r.relname || '_' || a.attname, 55) || '_check', a.attname,
         (SELECT string_agg(quote_literal(value), ', ') FROM unnest(s.most_common_vals::text::text[]) AS value),
         r.quoted, left(r.relname || '_' || a.attname, 55) || '_check') AS fix,
       json_build_object('values', to_json(s.most_common_vals::text::text[]), 'estimated_rows', r.estimated_rows) AS evidence
FROM relation AS r
JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid IN ('text'::regtype, 'varchar'::regtype)
JOIN pg_stats AS s ON s.schemaname = r.nspname AND s.tablename = r.relname AND s.attname = a.attname AND s.inherited = (r.relkind = 'p')
WHERE (a.attname ~* '(^|_)(status|state|kind|type|role|level|priority|stage|phase|severity|visibility)$'
    OR a.attname ~ '[a-z0-9](Status|State|Kind|Type|Role|Level|Priority|Stage|Phase|Severity|Visibility)$') AND NOT r.relispartition
  AND s.n_distinct BETWEEN 2 AND 12 AND s.histogram_bounds IS NULL AND r.reltuples >= 1000
  AND NOT EXISTS (
    SELECT FROM pg_constraint AS k WHERE k.conrelid = r.oid AND k.contype IN ('c', 'f') AND a.attnum = ANY (k.conkey)
  )
