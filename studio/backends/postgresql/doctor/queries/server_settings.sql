SELECT 'setting:' || s.name AS object, CASE s.name WHEN 'synchronous_commit' THEN 'notice' ELSE 'error' END AS severity,
       '' AS relation, 0 AS weight,
       format(E'ALTER SYSTEM SET %I = %s;\nSELECT pg_reload_conf();', s.name, CASE s.setting WHEN 'on' THEN 'off' ELSE 'on' END) AS fix,
       json_build_object('name', s.name, 'value', s.setting, 'source', s.source) AS evidence
FROM pg_settings AS s
WHERE (s.setting = 'off' AND s.name IN ('autovacuum', 'track_counts', 'fsync', 'full_page_writes', 'synchronous_commit'))
   OR (s.setting = 'on' AND s.name IN ('zero_damaged_pages', 'ignore_checksum_failure'))
