SELECT pg_catalog.format('CREATE EXTENSION IF NOT EXISTS %%I SCHEMA %%I VERSION %%L',
                         e.extname, n.nspname, e.extversion) AS sql
FROM pg_catalog.pg_extension e
JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
WHERE e.oid = %(oid)s::oid
