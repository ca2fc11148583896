-- One row a column, in the table's order. A domain brings the oid of the type below all its
-- domains.
WITH locked AS MATERIALIZED (
  SELECT l.relation
  FROM pg_catalog.pg_locks l
  WHERE %(oid)s::oid IS NULL AND l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock'
    AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
)
SELECT a.attrelid AS relation,
       a.attnum AS number,
       a.attname AS name,
       pg_catalog.format_type(a.atttypid, a.atttypmod) AS type_name,
       a.atttypid AS type,
       t.typtype AS typtype,
       t.typcategory AS category,
       CASE WHEN t.typtype = 'd' THEN (
         WITH RECURSIVE chain (oid) AS (
           SELECT t.typbasetype
           UNION ALL
           SELECT n.typbasetype
           FROM chain
           JOIN pg_catalog.pg_type n ON n.oid = chain.oid AND n.typtype = 'd'
         )
         SELECT chain.oid
         FROM chain
         JOIN pg_catalog.pg_type f ON f.oid = chain.oid AND f.typtype <> 'd'
       ) END AS base,
       a.attnotnull AS not_null,
       CASE WHEN a.atthasdef AND a.attrelid NOT IN (SELECT relation FROM locked)
            THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END AS expression,
       a.attgenerated AS generated,
       a.attidentity AS identity,
       a.attcollation AS collation_id,
       pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'SELECT') AS readable,
       CASE WHEN a.attcollation <> t.typcollation
            THEN (SELECT l.collname FROM pg_catalog.pg_collation l
                  WHERE l.oid = a.attcollation) END AS collation,
       k.description AS comment
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_catalog.pg_description k ON k.objoid = a.attrelid AND k.objsubid = a.attnum
                                     AND k.classoid = 'pg_catalog.pg_class'::regclass
WHERE a.attnum > 0
  AND NOT a.attisdropped
  AND ((a.attrelid = %(oid)s::oid)
    OR (%(oid)s::oid IS NULL
        AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
        AND n.nspname !~ '^pg_toast'
        AND (n.nspname !~ '^pg_temp_' OR n.oid = pg_catalog.pg_my_temp_schema())))
ORDER BY a.attrelid, a.attnum
