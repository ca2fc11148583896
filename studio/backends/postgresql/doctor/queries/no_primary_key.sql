, bare AS (
  SELECT r.*,
         (SELECT i.indexrelid FROM pg_index AS i
          WHERE i.indrelid = r.oid AND i.indisunique AND i.indisvalid AND i.indimmediate
            AND i.indpred IS NULL AND i.indexprs IS NULL
            AND NOT EXISTS (
              SELECT FROM generate_series(0, i.indnkeyatts - 1) AS place
              JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum = i.indkey[place]
              WHERE NOT a.attnotnull
            )
          ORDER BY i.indexrelid LIMIT 1) AS key
  FROM relation AS r
  WHERE r.relkind IN ('r', 'p') AND NOT r.relispartition
    AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conrelid = r.oid AND k.contype = 'p')
    AND NOT EXISTS (SELECT FROM pg_inherits AS h WHERE h.inhrelid = r.oid)
)
SELECT b.name AS object, CASE WHEN b.key IS NULL THEN 'warning' ELSE 'notice' END AS severity, b.name AS relation,
       pg_relation_size(b.oid) AS weight,
       CASE WHEN b.relkind = 'p' THEN ''
            WHEN b.key IS NOT NULL
            THEN format('ALTER TABLE %s ADD PRIMARY KEY USING INDEX %I;', b.quoted, (SELECT relname FROM pg_class WHERE oid = b.key))
            ELSE format('ALTER TABLE %s ADD COLUMN %I bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;', b.quoted,
              CASE WHEN EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = b.oid AND a.attname = 'id' AND NOT a.attisdropped)
                   THEN left(b.relname, 60) || '_id' ELSE 'id' END)
       END AS fix,
       json_build_object('bytes', pg_relation_size(b.oid), 'estimated_rows', b.estimated_rows,
         'unique_index', b.key::regclass::text) AS evidence
FROM bare AS b
