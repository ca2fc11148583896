SELECT format('%s.%s', r.name, k.conname) AS object,
       CASE WHEN told.enforced THEN 'warning' ELSE 'notice' END AS severity,
       r.name AS relation, pg_relation_size(r.oid) AS weight,
       -- Not enforced says so on purpose; a check of NO INHERIT holds for the rows of its own table.
       CASE WHEN NOT told.enforced AND k.contype = 'f' THEN format('ALTER TABLE %s ALTER CONSTRAINT %I ENFORCED;', r.quoted, k.conname)
            WHEN told.enforced THEN coalesce(format(E'SELECT * FROM %s WHERE %s;\n', told.at, told.faulty), '')
                                    || format('ALTER TABLE %s VALIDATE CONSTRAINT %I;', r.quoted, k.conname)
            ELSE '' END AS fix,
       told.faulty, told.at AS counted_in, row_security_active(r.oid)::text AS hides_rows,
       json_build_object('kind', k.contype, 'enforced', told.enforced,
         'bytes', pg_relation_size(r.oid), 'definition', pg_get_constraintdef(k.oid)) AS evidence
FROM pg_constraint AS k
JOIN relation AS r ON r.oid = k.conrelid
CROSS JOIN LATERAL (
  SELECT coalesce(to_jsonb(k) ->> 'conenforced', 'true')::boolean AS enforced,
         CASE WHEN k.connoinherit AND k.contype <> 'f' THEN 'ONLY ' ELSE '' END || r.quoted AS at,
         CASE k.contype WHEN 'f' THEN (SELECT o.rows FROM orphan AS o WHERE o.key = k.oid)
              WHEN 'c' THEN format('NOT (%s)', pg_get_expr(k.conbin, k.conrelid))
              WHEN 'n' THEN (SELECT format('%I IS NULL', a.attname) FROM pg_attribute AS a
                             WHERE a.attrelid = k.conrelid AND a.attnum = k.conkey[1]) END AS faulty
) AS told
WHERE NOT k.convalidated AND k.conparentid = 0 AND k.coninhcount = 0
