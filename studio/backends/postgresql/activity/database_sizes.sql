-- One stat() for each file of a database: asked for once, when somebody opens the overview.
SELECT d.datname AS name,
       CASE WHEN pg_catalog.has_database_privilege(d.oid, 'CONNECT') OR pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE')
            THEN pg_catalog.pg_database_size(d.oid) END AS bytes
FROM pg_catalog.pg_database AS d
WHERE NOT d.datistemplate
