SELECT CASE WHEN p.prokind <> 'a' THEN pg_catalog.pg_get_functiondef(p.oid) END AS sql
FROM pg_catalog.pg_proc p WHERE p.oid = %(oid)s::oid
