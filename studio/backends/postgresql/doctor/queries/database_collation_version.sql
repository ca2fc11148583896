SELECT 'database' AS object, 'error' AS severity, '' AS relation, 0 AS weight,
       format(E'REINDEX DATABASE CONCURRENTLY %I;\nALTER DATABASE %I REFRESH COLLATION VERSION;', d.datname, d.datname) AS fix,
       json_build_object('recorded', d.datcollversion, 'actual', pg_database_collation_actual_version(d.oid), 'collate', d.datcollate) AS evidence
FROM pg_database AS d
WHERE d.datname = current_database() AND d.datcollversion IS NOT NULL
  AND d.datcollversion IS DISTINCT FROM pg_database_collation_actual_version(d.oid)
