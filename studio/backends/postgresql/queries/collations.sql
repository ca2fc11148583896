SELECT l.oid, l.collname AS name
FROM pg_catalog.pg_collation l
