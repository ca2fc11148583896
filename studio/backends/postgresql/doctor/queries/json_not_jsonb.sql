SELECT format('%s.%s', r.name, a.attname) AS object, 'notice' AS severity, r.name AS relation, greatest(r.reltuples, 0) AS weight,
       CASE WHEN d.expression IS NULL
            THEN format('ALTER TABLE %s ALTER COLUMN %I TYPE jsonb USING %I::jsonb;', r.quoted, a.attname, a.attname)
            ELSE format('ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT, ALTER COLUMN %I TYPE jsonb USING %I::jsonb, ALTER COLUMN %I SET DEFAULT (%s)::jsonb;',
              r.quoted, a.attname, a.attname, a.attname, a.attname, d.expression) END AS fix,
       json_build_object('estimated_rows', r.estimated_rows) AS evidence
FROM relation AS r
JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid = 'json'::regtype
LEFT JOIN LATERAL (
  SELECT pg_get_expr(g.adbin, g.adrelid) AS expression FROM pg_attrdef AS g
  WHERE g.adrelid = r.oid AND g.adnum = a.attnum AND a.attgenerated = ''
) AS d ON true
WHERE r.relkind IN ('r', 'p') AND NOT r.relispartition
