, stamped AS (
  SELECT r.name, r.quoted, a.attname, a.atttypid = 'timestamptz'::regtype AS zoned, format_type(a.atttypid, a.atttypmod) AS type
  FROM relation AS r
  JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
  WHERE r.relkind IN ('r', 'p') AND NOT r.relispartition AND a.atttypid IN ('timestamptz'::regtype, 'timestamp'::regtype)
    AND NOT EXISTS (SELECT FROM pg_inherits AS h WHERE h.inhrelid = r.oid)
)
SELECT format('%s.%s', c.name, c.attname) AS object,
       CASE WHEN EXISTS (SELECT FROM stamped AS o WHERE o.zoned AND (o.name = c.name OR o.attname = c.attname))
            THEN 'warning' ELSE 'notice' END AS severity,
       c.name AS relation, 0 AS weight,
       format(E'SET timezone = ''UTC'';\nALTER TABLE %s ALTER COLUMN %I TYPE timestamptz;', c.quoted, c.attname) AS fix,
       json_build_object('type', c.type, 'with_zone_elsewhere', (SELECT count(*) FROM stamped AS o WHERE o.zoned),
         'server_time_zone', current_setting('TimeZone')) AS evidence
FROM stamped AS c
WHERE NOT c.zoned
  AND c.name !~ '(alembic_version|flyway_schema_history|schema_migrations|databasechangelog|__drizzle_migrations|_prisma_migrations|django_)'
