SELECT 'database:' || coalesce(d.datname, '(shared)') AS object, 'error' AS severity, '' AS relation, d.checksum_failures AS weight, '' AS fix,
       json_build_object('failures', d.checksum_failures, 'last', d.checksum_last_failure) AS evidence
FROM pg_stat_database AS d WHERE d.checksum_failures > 0
