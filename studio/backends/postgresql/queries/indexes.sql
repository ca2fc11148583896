-- Indexes; one behind a constraint is made by that, so it has no text of its own. `keys` holds 0
-- where a part is an expression, whose text is asked for only then.
WITH locked AS MATERIALIZED (
  SELECT l.relation
  FROM pg_catalog.pg_locks l
  WHERE %(oid)s::oid IS NULL AND l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock'
    AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
)
SELECT i.indrelid AS relation,
       c.relname AS name,
       i.indisunique AS is_unique,
       i.indisprimary AS is_primary,
       i.indisvalid AS is_valid,
       i.indimmediate AS is_immediate,
       i.indnkeyatts AS key_count,
       i.indkey AS keys,
       i.indoption AS options,
       m.amname AS method,
       i.indpred IS NOT NULL AS is_partial,
       i.indexprs IS NOT NULL AS has_expressions,
       CASE WHEN i.indpred IS NOT NULL AND i.indrelid NOT IN (SELECT relation FROM locked)
            THEN pg_catalog.pg_get_expr(i.indpred, i.indrelid, true) END AS predicate,
       CASE WHEN i.indexprs IS NOT NULL AND i.indrelid NOT IN (SELECT relation FROM locked) THEN (
         SELECT pg_catalog.json_object_agg(p.place, pg_catalog.pg_get_indexdef(c.oid, p.place, true))
         FROM pg_catalog.generate_series(1, i.indnkeyatts::integer) AS p (place)
         WHERE i.indkey[p.place - 1] = 0
       ) END AS expressions,
       i.indcollation AS collations,
       k.contype AS constraint,
       c.relpages AS pages,
       CASE WHEN k.contype IS NULL AND i.indrelid NOT IN (SELECT relation FROM locked)
            THEN pg_catalog.pg_get_indexdef(c.oid) END AS sql
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_class r ON r.oid = i.indrelid
JOIN pg_catalog.pg_am m ON m.oid = c.relam
LEFT JOIN pg_catalog.pg_constraint k ON k.conindid = c.oid AND k.contype IN ('p', 'u', 'x')
WHERE (i.indrelid = %(oid)s::oid)
   OR (%(oid)s::oid IS NULL AND r.relkind <> 't')
ORDER BY i.indrelid, i.indisprimary DESC, c.relname
