, bare AS (
  SELECT r.*
  FROM relation AS r
  WHERE r.relkind IN ('r', 'p') AND NOT r.relispartition
    AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conrelid = r.oid AND k.contype = 'p')
    AND NOT EXISTS (SELECT FROM pg_inherits AS h WHERE h.inhrelid = r.oid)
)
-- An index becomes the key as it is if it is no constraint's, and sorts and compares as its columns do. Another is built
-- beside it where foreign keys or the replica identity need it.
, unique_key AS (
  SELECT DISTINCT ON (b.oid) b.oid, i.indexrelid, i.indnkeyatts, i.indnatts, k.conname, way.becomes
  FROM bare AS b
  JOIN pg_index AS i ON i.indrelid = b.oid
  JOIN pg_class AS x ON x.oid = i.indexrelid
  JOIN pg_am AS m ON m.oid = x.relam AND m.amname = 'btree'
  LEFT JOIN pg_constraint AS k ON k.conindid = i.indexrelid AND k.conrelid = b.oid AND k.contype = 'u'
  CROSS JOIN LATERAL (
    SELECT bool_and(a.attnotnull) AS whole,
           bool_and(i.indoption[place] = 0 AND i.indcollation[place] = a.attcollation AND o.opcdefault) AS usual
    FROM generate_series(0, i.indnkeyatts - 1) AS place
    JOIN pg_attribute AS a ON a.attrelid = b.oid AND a.attnum = i.indkey[place]
    JOIN pg_opclass AS o ON o.oid = i.indclass[place]
  ) AS built
  CROSS JOIN LATERAL (
    SELECT CASE WHEN k.oid IS NULL AND built.usual THEN 'index'
                WHEN k.oid IS NULL OR i.indisreplident
                  OR EXISTS (SELECT FROM pg_constraint AS f WHERE f.contype = 'f' AND f.conindid = i.indexrelid)
                THEN 'another'
                ELSE 'constraint' END AS becomes
  ) AS way
  WHERE i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL AND built.whole
  ORDER BY b.oid, array_position(ARRAY['index', 'constraint', 'another'], way.becomes), i.indexrelid
)
, keyed AS (
  SELECT b.*, u.indexrelid AS key, u.conname, u.becomes,
         (SELECT format('(%s)', string_agg(pg_get_indexdef(u.indexrelid, place, false), ', ' ORDER BY place))
          FROM generate_series(1, u.indnkeyatts) AS place)
         || coalesce((SELECT format(' INCLUDE (%s)', string_agg(pg_get_indexdef(u.indexrelid, place, false), ', ' ORDER BY place))
                      FROM generate_series(u.indnkeyatts + 1, u.indnatts) AS place HAVING count(*) > 0), '') AS columns
  FROM bare AS b
  LEFT JOIN unique_key AS u ON u.oid = b.oid
)
SELECT b.name AS object, CASE WHEN b.key IS NULL THEN 'warning' ELSE 'notice' END AS severity, b.name AS relation,
       pg_relation_size(b.oid) AS weight,
       CASE WHEN b.relkind = 'p' THEN ''
            WHEN b.becomes = 'index'
            THEN format('ALTER TABLE %s ADD PRIMARY KEY USING INDEX %I;', b.quoted, (SELECT relname FROM pg_class WHERE oid = b.key))
            WHEN b.becomes = 'constraint'
            THEN format('ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %I PRIMARY KEY %s;', b.quoted, b.conname, b.conname, b.columns)
            WHEN b.becomes = 'another' THEN format('ALTER TABLE %s ADD PRIMARY KEY %s;', b.quoted, b.columns)
            ELSE format('ALTER TABLE %s ADD COLUMN %I bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;', b.quoted,
              CASE WHEN EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = b.oid AND a.attname = 'id' AND NOT a.attisdropped)
                   THEN left(b.relname, 60) || '_id' ELSE 'id' END)
       END AS fix,
       json_build_object('bytes', pg_relation_size(b.oid), 'estimated_rows', b.estimated_rows,
         'unique_index', b.key::regclass::text) AS evidence
FROM keyed AS b
