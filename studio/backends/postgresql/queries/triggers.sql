SELECT t.tgrelid AS relation,
       t.tgname AS name,
       t.tgtype AS bits,
       t.tgenabled AS enabled,
       pg_catalog.pg_get_triggerdef(t.oid, true) AS sql
FROM pg_catalog.pg_trigger t
WHERE NOT t.tgisinternal
  AND (%(oid)s::oid IS NULL OR t.tgrelid = %(oid)s::oid)
ORDER BY t.tgrelid, t.tgname
