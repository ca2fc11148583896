-- Keywords, the search path, settings, and types that people made and no enum or domain is.
SELECT 'keyword' AS kind, word::text AS name, catcode::text AS detail, NULL::text AS schema
FROM pg_catalog.pg_get_keywords()
UNION ALL
SELECT 'path', s.name::text, s.place::text, NULL
FROM pg_catalog.unnest(pg_catalog.current_schemas(false)) WITH ORDINALITY AS s (name, place)
UNION ALL
SELECT 'setting', name, CASE WHEN vartype = 'bool' THEN '["on", "off"]'
                             ELSE pg_catalog.array_to_json(enumvals)::text END, NULL
FROM pg_catalog.pg_settings WHERE context IN ('user', 'superuser')
UNION ALL
SELECT 'shown', name, NULL, NULL
FROM pg_catalog.pg_settings WHERE context NOT IN ('user', 'superuser')
UNION ALL
SELECT 'type', t.typname::text, t.typtype::text, n.nspname::text
FROM pg_catalog.pg_type t
JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
  AND (t.typtype IN ('b', 'r') AND t.typcategory <> 'A' OR c.relkind = 'c')
ORDER BY 1, 2
