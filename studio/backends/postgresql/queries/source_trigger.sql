SELECT pg_catalog.pg_get_triggerdef(t.oid, true) || E';\n\n'
         || pg_catalog.pg_get_functiondef(t.tgfoid) AS sql
FROM pg_catalog.pg_trigger t WHERE t.oid = %(oid)s::oid
