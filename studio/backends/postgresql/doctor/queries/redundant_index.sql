, candidate AS (
  SELECT i.indexrelid, i.indrelid, i.indisunique, i.indisreplident, i.indnkeyatts AS keys, c.relname, c.relkind, n.nspname,
         r.name AS relation, i.indkey::int2[] AS columns, i.indclass::oid[] AS classes,
         i.indcollation::oid[] AS collations, i.indoption::int2[] AS options,
         coalesce(pg_get_expr(i.indpred, i.indrelid), '') AS predicate
  FROM pg_index AS i
  JOIN pg_class AS c ON c.oid = i.indexrelid
  JOIN pg_am AS m ON m.oid = c.relam AND m.amname = 'btree'
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  JOIN relation AS r ON r.oid = i.indrelid
  WHERE i.indisvalid AND i.indexprs IS NULL
    AND NOT EXISTS (SELECT FROM pg_inherits AS h WHERE h.inhrelid = i.indexrelid)
), covered AS (
  -- Arrays made of vectors count from 0.
  SELECT DISTINCT ON (s.indexrelid) s.*, l.relname AS longer
  FROM candidate AS s
  JOIN candidate AS l ON l.indrelid = s.indrelid AND l.keys > s.keys AND l.predicate = s.predicate
  WHERE NOT s.indisunique AND NOT s.indisreplident
    AND l.columns[0:s.keys - 1] = s.columns[0:s.keys - 1]
    AND l.classes[0:s.keys - 1] = s.classes[0:s.keys - 1]
    AND l.collations[0:s.keys - 1] = s.collations[0:s.keys - 1]
    AND l.options[0:s.keys - 1] = s.options[0:s.keys - 1]
    AND l.columns @> s.columns
    AND NOT EXISTS (
      SELECT FROM candidate AS copy
      WHERE copy.indrelid = s.indrelid AND copy.indexrelid <> s.indexrelid AND copy.keys = s.keys
        AND copy.columns = s.columns AND copy.classes = s.classes AND copy.collations = s.collations
        AND copy.options = s.options AND copy.predicate = s.predicate
        AND (copy.indisunique OR copy.indexrelid < s.indexrelid)
    )
  ORDER BY s.indexrelid, l.keys, l.indexrelid
)
SELECT format('%s.%s', c.nspname, c.relname) AS object, 'notice' AS severity, c.relation AS relation,
       pg_relation_size(c.indexrelid) AS weight,
       format('DROP INDEX %s%I.%I;', CASE WHEN c.relkind = 'I' THEN '' ELSE 'CONCURRENTLY ' END, c.nspname, c.relname) AS fix,
       json_build_object('table', c.indrelid::regclass::text, 'covered_by', c.longer, 'bytes', pg_relation_size(c.indexrelid),
         'scans', pg_stat_get_numscans(c.indexrelid),
         'definition', regexp_replace(pg_get_indexdef(c.indexrelid), '[\n\r]', ' ', 'g')) AS evidence
FROM covered AS c
