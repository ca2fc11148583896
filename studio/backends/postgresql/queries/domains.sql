SELECT t.oid,
       n.nspname AS schema,
       t.typname AS name,
       pg_catalog.format_type(t.typbasetype, t.typtypmod) AS base,
       t.typnotnull AS not_null,
       t.typdefault AS expression,
       (SELECT pg_catalog.json_agg(
                 pg_catalog.json_build_array(k.conname, pg_catalog.pg_get_constraintdef(k.oid, true))
                 ORDER BY k.conname)
        FROM pg_catalog.pg_constraint k
        WHERE k.contypid = t.oid AND k.contype = 'c') AS checks
FROM pg_catalog.pg_type t
JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
WHERE t.typtype = 'd'
ORDER BY n.nspname, t.typname
