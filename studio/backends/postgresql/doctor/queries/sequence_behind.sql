-- The probe asks for the first number that is taken already: with steps of more than one, of a few after the next.
SELECT format('%s.%s', r.name, a.attname) AS object, 'error' AS severity, r.name AS relation, 0 AS weight,
       format('SELECT setval(%L, (SELECT max(%I) FROM %s));', s.seqrelid::regclass::text, a.attname, r.quoted) AS fix,
       json_build_object('sequence', s.seqrelid::regclass::text) AS evidence,
       format('%I', a.attname) AS counted,
       format('SELECT json_build_object(''next'', n.number, ''max'', (SELECT max(%2$I) FROM %3$s), ''taken'', ('
              'SELECT min(f.number) FROM (SELECT %2$I AS number FROM %3$s WHERE %2$I >= n.number ORDER BY %2$I LIMIT 1000) AS f '
              'WHERE (f.number - n.number) %% %4$s = 0))::text FROM (%1$s) AS n',
         -- Who may not read the sequence itself is not told where it was restarted.
         CASE WHEN has_sequence_privilege(s.seqrelid, 'SELECT')
              THEN format('SELECT last_value + CASE WHEN is_called THEN %s ELSE 0 END AS number FROM %s', s.seqincrement, s.seqrelid::regclass)
              ELSE format('SELECT %s::bigint AS number', coalesce(pg_sequence_last_value(s.seqrelid) + s.seqincrement, s.seqstart)) END,
         a.attname, r.quoted, s.seqincrement) AS probe
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
