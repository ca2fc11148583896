-- Whether statements are counted here, and where: the extension's schema.
SELECT pg_catalog.format('%I.pg_stat_statements', n.nspname) AS view,
       pg_catalog.to_regclass(pg_catalog.format('%I.pg_stat_statements_info', n.nspname))::text AS info
FROM pg_catalog.pg_extension AS e
JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
WHERE e.extname = 'pg_stat_statements'
