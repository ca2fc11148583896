-- The search path of this session, its own schema under its real name, and what lies in that.
SELECT 'path' AS kind, s.name::text AS name, s.place::text AS detail
FROM pg_catalog.unnest(pg_catalog.current_schemas(false)) WITH ORDINALITY AS s (name, place)
UNION ALL
SELECT 'relation', c.relname::text, n.nspname::text
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.oid = pg_catalog.pg_my_temp_schema() AND c.relkind IN ('r', 'p', 'v')
ORDER BY 1, 2
