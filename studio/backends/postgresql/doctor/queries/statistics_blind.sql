-- A table that was analyzed while no row was to be seen has no statistics, and needs none.
SELECT format('no statistics readable for %s table%s: %s%s', count(*), CASE count(*) WHEN 1 THEN '' ELSE 's' END,
              array_to_string((array_agg(b.name ORDER BY b.bytes DESC, b.name))[1:5], ', '), CASE WHEN count(*) > 5 THEN ', …' ELSE '' END) AS why,
       concat_ws('; ', CASE WHEN bool_or(NOT b.may) THEN 'GRANT SELECT' END, CASE WHEN bool_or(b.may) THEN 'ANALYZE' END) AS opens
FROM (
  SELECT r.name, pg_relation_size(r.oid) AS bytes,
         has_schema_privilege(r.nspname, 'USAGE') AND has_any_column_privilege(r.oid, 'SELECT')
           AND (NOT r.relrowsecurity OR NOT row_security_active(r.oid)) AS may
  FROM relation AS r
  LEFT JOIN pg_stat_all_tables AS u ON u.relid = r.oid
  WHERE r.relkind IN ('r', 'm') AND NOT r.relispartition AND pg_relation_size(r.oid) > 0
    AND NOT (r.reltuples = 0 AND greatest(u.last_analyze, u.last_autoanalyze) IS NOT NULL)
    AND EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped)
    AND NOT EXISTS (SELECT FROM pg_stats AS s WHERE s.schemaname = r.nspname AND s.tablename = r.relname)
) AS b
HAVING count(*) > 0
