SELECT t.tgname AS name, pg_catalog.pg_get_functiondef(t.tgfoid) AS sql
FROM pg_catalog.pg_trigger t
WHERE t.tgrelid = %(oid)s::oid AND NOT t.tgisinternal
