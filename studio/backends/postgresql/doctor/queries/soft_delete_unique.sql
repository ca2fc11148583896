SELECT format('%s.%s', r.nspname, c.relname) AS object, 'notice' AS severity, r.name AS relation, 0 AS weight,
       format(E'CREATE UNIQUE INDEX CONCURRENTLY ON %s (%I) WHERE %I IS NULL;\n', r.quoted, a.attname, d.attname)
       || CASE WHEN k.conname IS NOT NULL THEN format('ALTER TABLE %s DROP CONSTRAINT %I;', r.quoted, k.conname)
               ELSE format('DROP INDEX CONCURRENTLY %I.%I;', r.nspname, c.relname) END AS fix,
       json_build_object('table', r.name, 'column', a.attname, 'soft_delete_column', d.attname,
         'definition', pg_get_indexdef(i.indexrelid)) AS evidence
FROM relation AS r
JOIN pg_attribute AS d ON d.attrelid = r.oid AND d.attnum > 0 AND NOT d.attisdropped AND NOT d.attnotnull
  AND d.attname ~* '^(deleted_?at|removed_?at|archived_?at|deleted_?on)$' AND d.atttypid IN ('timestamptz'::regtype, 'timestamp'::regtype)
JOIN pg_index AS i ON i.indrelid = r.oid AND i.indisunique AND NOT i.indisprimary AND i.indpred IS NULL AND i.indnkeyatts = 1
  AND NOT d.attnum = ANY (i.indkey::int2[])
JOIN pg_class AS c ON c.oid = i.indexrelid
JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum = i.indkey[0]
LEFT JOIN pg_constraint AS k ON k.conindid = i.indexrelid AND k.contype = 'u'
WHERE NOT r.relispartition AND a.attname ~* '(email|user_?name|slug|name|login|handle|code|sku|number|domain|path)$'
