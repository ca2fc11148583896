SELECT t.oid,
       n.nspname AS schema,
       t.typname AS name,
       pg_catalog.json_agg(e.enumlabel ORDER BY e.enumsortorder) AS labels
FROM pg_catalog.pg_type t
JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_enum e ON e.enumtypid = t.oid
WHERE t.typtype = 'e'
GROUP BY t.oid, n.nspname, t.typname
ORDER BY n.nspname, t.typname
