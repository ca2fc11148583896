SELECT format('%s.%s', r.name, a.attname) AS object, 'error' AS severity, r.name AS relation, 0 AS weight,
       format('SELECT setval(%L, (SELECT max(%I) FROM %s));', s.seqrelid::regclass::text, a.attname, r.quoted) AS fix,
       json_build_object('sequence', s.seqrelid::regclass::text,
         'last', coalesce(pg_sequence_last_value(s.seqrelid), s.seqstart - s.seqincrement)) AS evidence,
       format('%I > %s', a.attname, coalesce(pg_sequence_last_value(s.seqrelid), s.seqstart - s.seqincrement)) AS faulty,
       format('SELECT max(%I)::text FROM %s', a.attname, r.quoted) AS probe
FROM pg_depend AS d
JOIN pg_sequence AS s ON s.seqrelid = d.objid
JOIN relation AS r ON r.oid = d.refobjid
JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum = d.refobjsubid
WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
  AND s.seqincrement > 0 AND r.relkind IN ('r', 'p')
  AND has_sequence_privilege(s.seqrelid, 'USAGE, SELECT')
  AND has_column_privilege(r.oid, a.attnum, 'SELECT') AND has_schema_privilege(r.nspname, 'USAGE')
  AND EXISTS (
    SELECT FROM pg_index AS i
    WHERE i.indrelid = r.oid AND i.indisvalid AND i.indkey[0] = a.attnum AND i.indpred IS NULL
  )
