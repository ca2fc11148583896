SELECT format('no statistics readable for %s table%s', count(*), CASE count(*) WHEN 1 THEN '' ELSE 's' END) AS why, 'GRANT SELECT, or ANALYZE' AS opens
FROM relation AS r
WHERE r.relkind IN ('r', 'm') AND NOT r.relispartition AND pg_relation_size(r.oid) > 0
  AND EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped)
  AND NOT EXISTS (SELECT FROM pg_stats AS s WHERE s.schemaname = r.nspname AND s.tablename = r.relname)
HAVING count(*) > 0
