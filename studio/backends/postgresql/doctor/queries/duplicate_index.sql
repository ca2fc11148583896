, candidate AS (
  SELECT i.indexrelid, i.indrelid, i.indisunique, c.relname, c.relkind, n.nspname, r.name AS relation,
         i.indisreplident OR EXISTS (
           SELECT FROM pg_constraint AS k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x', 'f')
         ) AS stays,
         EXISTS (
           SELECT FROM pg_constraint AS k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')
         ) AS backs,
         coalesce(to_jsonb(i) ->> 'indnullsnotdistinct', 'false') AS nulls,
         ROW (c.relam, i.indkey::text, i.indclass::text, i.indcollation::text, i.indoption::text, i.indnkeyatts,
              coalesce(pg_get_expr(i.indexprs, i.indrelid), ''), coalesce(pg_get_expr(i.indpred, i.indrelid), ''))::text AS shape
  FROM pg_index AS i
  JOIN pg_class AS c ON c.oid = i.indexrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  JOIN relation AS r ON r.oid = i.indrelid
  WHERE i.indisvalid AND NOT EXISTS (SELECT FROM pg_inherits AS h WHERE h.inhrelid = i.indexrelid)
), compared AS (
  SELECT a.*, first_value(a.indexrelid) OVER same AS kept, first_value(a.relname) OVER same AS kept_name,
         first_value(a.indisunique) OVER same AS kept_unique, first_value(a.nulls) OVER same AS kept_nulls
  FROM candidate AS a
  WINDOW same AS (PARTITION BY a.indrelid, a.shape ORDER BY a.backs DESC, a.stays DESC, a.indisunique DESC, a.indexrelid)
)
SELECT format('%s.%s', d.nspname, d.relname) AS object, 'warning' AS severity, d.relation AS relation,
       pg_relation_size(d.indexrelid) AS weight,
       format('DROP INDEX %s%I.%I;', CASE WHEN d.relkind = 'I' THEN '' ELSE 'CONCURRENTLY ' END, d.nspname, d.relname) AS fix,
       json_build_object('table', d.indrelid::regclass::text, 'same_as', d.kept_name, 'bytes', pg_relation_size(d.indexrelid),
         'definition', regexp_replace(pg_get_indexdef(d.indexrelid), '[\n\r]', ' ', 'g')) AS evidence
FROM compared AS d
WHERE d.indexrelid <> d.kept AND NOT d.stays
  AND (NOT d.indisunique OR (d.kept_unique AND d.nulls = d.kept_nulls))
