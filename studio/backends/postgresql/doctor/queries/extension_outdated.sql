SELECT 'extension:' || e.name AS object, 'notice' AS severity, '' AS relation, 0 AS weight, format('ALTER EXTENSION %I UPDATE;', e.name) AS fix,
       json_build_object('installed', e.installed_version, 'available', e.default_version) AS evidence
FROM pg_available_extensions AS e
WHERE e.installed_version IS NOT NULL AND e.default_version IS NOT NULL AND e.installed_version <> e.default_version
