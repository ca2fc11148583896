SELECT format('%s.%s', r.name, min(a.attname)) AS object, 'notice' AS severity, r.name AS relation,
       pg_relation_size(r.reltoastrelid) AS weight, '' AS fix,
       json_build_object('columns', json_agg(a.attname), 'estimated_rows', r.reltuples::bigint, 'toast_bytes', pg_relation_size(r.reltoastrelid),
         'row_bytes', (pg_relation_size(r.reltoastrelid) / r.reltuples)::bigint) AS evidence
FROM relation AS r
JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid IN ('json'::regtype, 'jsonb'::regtype)
WHERE r.relkind = 'r' AND r.reltuples >= 100 AND r.reltoastrelid <> 0
GROUP BY r.oid, r.name, r.reltuples, r.reltoastrelid
HAVING pg_relation_size(r.reltoastrelid) / r.reltuples > 8192
