-- Keys, foreign keys, checks and exclusions; NOT NULL constraints (kind n, since 18) are columns'.
WITH locked AS MATERIALIZED (
  SELECT l.relation
  FROM pg_catalog.pg_locks l
  WHERE %(oid)s::oid IS NULL AND l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock'
    AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
)
SELECT k.conrelid AS relation,
       k.conname AS name,
       k.contype AS kind,
       pg_catalog.array_to_json(k.conkey) AS columns,
       tn.nspname AS target_schema,
       tc.relname AS target_name,
       CASE WHEN k.contype = 'f' THEN (
         SELECT pg_catalog.json_agg(a.attname
                                    ORDER BY pg_catalog.array_position(k.confkey, a.attnum))
         FROM pg_catalog.pg_attribute a
         WHERE a.attrelid = k.confrelid AND a.attnum = ANY (k.confkey)
       ) END AS target_columns,
       k.confdeltype AS on_delete,
       k.confupdtype AS on_update,
       k.condeferrable AS deferrable,
       k.convalidated AS validated,
       k.conparentid <> 0 OR NOT k.conislocal AS inherited,
       CASE WHEN k.conrelid NOT IN (SELECT relation FROM locked)
            THEN pg_catalog.pg_get_constraintdef(k.oid, true) END AS definition
FROM pg_catalog.pg_constraint k
LEFT JOIN pg_catalog.pg_class tc ON tc.oid = k.confrelid
LEFT JOIN pg_catalog.pg_namespace tn ON tn.oid = tc.relnamespace
WHERE k.conrelid <> 0
  AND k.contype IN ('p', 'u', 'f', 'c', 'x')
  AND (%(oid)s::oid IS NULL OR k.conrelid = %(oid)s::oid)
ORDER BY k.conrelid, k.contype, k.conname
