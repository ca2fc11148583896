SELECT format('%s sequence%s or %s may not be read by this role', count(*), CASE count(*) WHEN 1 THEN '' ELSE 's' END,
              CASE count(*) WHEN 1 THEN 'its column' ELSE 'their columns' END) AS why,
       'GRANT SELECT on the tables and their sequences' AS opens
FROM pg_depend AS d
JOIN pg_sequence AS s ON s.seqrelid = d.objid
JOIN relation AS r ON r.oid = d.refobjid
WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
  AND r.relkind IN ('r', 'p')
  AND NOT (has_sequence_privilege(s.seqrelid, 'USAGE, SELECT') AND has_column_privilege(r.oid, d.refobjsubid::smallint, 'SELECT')
           AND has_schema_privilege(r.nspname, 'USAGE'))
HAVING count(*) > 0
