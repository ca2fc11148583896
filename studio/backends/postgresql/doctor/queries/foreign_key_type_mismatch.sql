SELECT format('%s.%s', r.name, k.conname) AS object,
       CASE WHEN bool_or(ct.typcategory <> pt.typcategory
              OR (ct.typname IN ('int2', 'int4') AND pt.typname = 'int8') OR (ct.typname = 'int2' AND pt.typname = 'int4'))
            THEN 'warning' ELSE 'notice' END AS severity,
       r.name AS relation, pg_relation_size(r.oid) AS weight,
       string_agg(format('ALTER TABLE %s ALTER COLUMN %I TYPE %s;', r.quoted, ca.attname, format_type(pa.atttypid, pa.atttypmod)), E'\n') AS fix,
       json_build_object('pairs', json_agg(format('%s %s -> %s %s', ca.attname, format_type(ca.atttypid, ca.atttypmod),
         pa.attname, format_type(pa.atttypid, pa.atttypmod)))) AS evidence
FROM pg_constraint AS k
JOIN relation AS r ON r.oid = k.conrelid
CROSS JOIN LATERAL unnest(k.conkey, k.confkey) AS pair (child, parent)
JOIN pg_attribute AS ca ON ca.attrelid = k.conrelid AND ca.attnum = pair.child
JOIN pg_attribute AS pa ON pa.attrelid = k.confrelid AND pa.attnum = pair.parent
JOIN pg_type AS ct ON ct.oid = ca.atttypid
JOIN pg_type AS pt ON pt.oid = pa.atttypid
WHERE k.contype = 'f' AND k.conparentid = 0 AND ca.atttypid <> pa.atttypid
  AND NOT (ct.typname IN ('text', 'varchar') AND pt.typname IN ('text', 'varchar'))
  AND NOT (ct.typtype = 'd' AND ct.typbasetype = pt.oid) AND NOT (pt.typtype = 'd' AND pt.typbasetype = ct.oid)
GROUP BY r.oid, r.name, k.conname
