WITH locked AS MATERIALIZED (
  SELECT l.relation
  FROM pg_catalog.pg_locks l
  WHERE %(oid)s::oid IS NULL AND l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock'
    AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
)
SELECT t.tgrelid AS relation,
       t.tgname AS name,
       t.tgtype AS bits,
       t.tgenabled AS enabled,
       CASE WHEN t.tgrelid NOT IN (SELECT relation FROM locked)
            THEN pg_catalog.pg_get_triggerdef(t.oid, true) END AS sql
FROM pg_catalog.pg_trigger t
WHERE NOT t.tgisinternal
  AND (%(oid)s::oid IS NULL OR t.tgrelid = %(oid)s::oid)
ORDER BY t.tgrelid, t.tgname
