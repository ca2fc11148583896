SELECT format('%s.%s', r.name, a.attname) AS object, 'notice' AS severity, r.name AS relation, greatest(r.reltuples, 0) AS weight,
       CASE WHEN d.expression IS NULL
            THEN format('ALTER TABLE %s ALTER COLUMN %I TYPE uuid USING %I::uuid;', r.quoted, a.attname, a.attname)
            -- The default's own text would not become a uuid by itself.
            ELSE format('ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT, ALTER COLUMN %I TYPE uuid USING %I::uuid, ALTER COLUMN %I SET DEFAULT (%s)::uuid;',
              r.quoted, a.attname, a.attname, a.attname, a.attname, d.expression) END AS fix,
       json_build_object('type', format_type(a.atttypid, a.atttypmod), 'sampled', cardinality(sample.bounds),
         'estimated_rows', r.estimated_rows,
         'indexed', EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = r.oid AND a.attnum = ANY (i.indkey::int2[]))) AS evidence
FROM relation AS r
JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
  AND a.atttypid IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype)
JOIN pg_stats AS s ON s.schemaname = r.nspname AND s.tablename = r.relname AND s.attname = a.attname
  AND s.inherited = (r.relkind = 'p') AND s.avg_width BETWEEN 33 AND 40
LEFT JOIN LATERAL (
  SELECT pg_get_expr(g.adbin, g.adrelid) AS expression FROM pg_attrdef AS g
  WHERE g.adrelid = r.oid AND g.adnum = a.attnum AND a.attgenerated = ''
) AS d ON true
CROSS JOIN LATERAL (SELECT coalesce(s.histogram_bounds::text::text[], s.most_common_vals::text::text[]) AS bounds) AS sample
WHERE NOT r.relispartition AND cardinality(sample.bounds) >= 10
  AND NOT EXISTS (
    SELECT FROM unnest(sample.bounds) AS value
    WHERE value !~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
  )
