-- Every relation a person could open; sizes only of those nobody locks exclusively, because asking
-- for the size of a table waits for its lock.
WITH locked AS MATERIALIZED (
  SELECT l.relation
  FROM pg_catalog.pg_locks l
  WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock'
)
SELECT n.nspname,
       c.relname,
       c.relkind,
       c.relpersistence,
       c.relispartition,
       c.reltuples,
       CASE WHEN c.relkind IN ('r', 'm', 't')
             AND c.oid NOT IN (SELECT relation FROM locked)
            THEN pg_catalog.pg_relation_size(c.oid) END AS bytes,
       d.description AS comment
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_description d ON d.objoid = c.oid AND d.objsubid = 0
                                     AND d.classoid = 'pg_catalog.pg_class'::regclass
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND n.nspname !~ '^pg_toast'
  AND (n.nspname !~ '^pg_temp_' OR n.oid = pg_catalog.pg_my_temp_schema())
