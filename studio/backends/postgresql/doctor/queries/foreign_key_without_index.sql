, foreign_key AS (
  SELECT k.oid, k.conname, k.conrelid, k.confrelid, k.conkey, k.confkey, cardinality(k.conkey) AS width, r.name, r.quoted, r.relkind,
         (SELECT array_agg(a.attname ORDER BY a.attname) FROM pg_attribute AS a
          WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)) AS names
  FROM pg_constraint AS k
  JOIN relation AS r ON r.oid = k.conrelid
  WHERE k.contype = 'f' AND k.conparentid = 0
), leaf AS (
  SELECT f.oid AS key, f.conrelid AS relid FROM foreign_key AS f WHERE f.relkind <> 'p'
  UNION ALL
  SELECT f.oid, t.relid FROM foreign_key AS f CROSS JOIN LATERAL pg_partition_tree(f.conrelid) AS t
  WHERE f.relkind = 'p' AND t.isleaf
), bare AS (
  SELECT f.oid, count(*) AS tables, sum(pg_relation_size(l.relid)) AS bytes
  FROM leaf AS l
  JOIN foreign_key AS f ON f.oid = l.key
  WHERE NOT EXISTS (
    SELECT FROM pg_index AS i
    JOIN pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_am AS m ON m.oid = c.relam
    WHERE i.indrelid = l.relid AND i.indisvalid AND i.indisready AND i.indnkeyatts >= f.width
      AND (m.amname = 'btree' OR (m.amname = 'hash' AND f.width = 1))
      AND (SELECT array_agg(a.attname ORDER BY a.attname)
           FROM generate_series(0, f.width - 1) AS place
           JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[place]) = f.names
      AND (i.indpred IS NULL
           OR (f.width = 1 AND pg_get_expr(i.indpred, i.indrelid) = format('(%I IS NOT NULL)', f.names[1])))
  )
  GROUP BY f.oid
), named AS (
  SELECT f.*, b.bytes, b.tables,
         (SELECT json_agg(a.attname ORDER BY u.place) FROM unnest(f.conkey) WITH ORDINALITY AS u (number, place)
          JOIN pg_attribute AS a ON a.attrelid = f.conrelid AND a.attnum = u.number) AS columns,
         (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY u.place)
          FROM unnest(f.conkey) WITH ORDINALITY AS u (number, place)
          JOIN pg_attribute AS a ON a.attrelid = f.conrelid AND a.attnum = u.number) AS listed,
         -- What a DELETE of a parent asks.
         (SELECT string_agg(format('%I = (SELECT %I FROM %s LIMIT 1)', a.attname, p.attname, f.confrelid::regclass), ' AND ' ORDER BY u.place)
          FROM unnest(f.conkey, f.confkey) WITH ORDINALITY AS u (number, target, place)
          JOIN pg_attribute AS a ON a.attrelid = f.conrelid AND a.attnum = u.number
          JOIN pg_attribute AS p ON p.attrelid = f.confrelid AND p.attnum = u.target) AS matched
  FROM bare AS b JOIN foreign_key AS f ON f.oid = b.oid
  WHERE b.bytes = 0 OR b.bytes > 8 * current_setting('block_size')::int
)
SELECT format('%s.%s', n.name, n.conname) AS object,
       CASE WHEN n.bytes = 0 THEN 'notice' ELSE 'warning' END AS severity,
       n.name AS relation, n.bytes AS weight,
       format('CREATE INDEX %sON %s (%s);', CASE WHEN n.relkind = 'p' THEN '' ELSE 'CONCURRENTLY ' END, n.quoted, n.listed) AS fix,
       format('SELECT * FROM %s WHERE %s', n.quoted, n.matched) AS proves,
       json_build_object('columns', n.columns, 'references', n.confrelid::regclass::text, 'bytes', n.bytes,
         'tables_without', n.tables, 'parent_deletes', coalesce(s.n_tup_del, 0), 'parent_updates', coalesce(s.n_tup_upd, 0)) AS evidence
FROM named AS n
LEFT JOIN pg_stat_all_tables AS s ON s.relid = n.confrelid
