-- What those in the way hold, and where a waiter stands: who waits for a row holds its tuple lock.
SELECT l.pid, l.locktype, l.mode, l.relation::oid AS relation,
       pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) AS relation_name,
       CASE WHEN c.relispartition THEN (
           SELECT pg_catalog.quote_ident(pn.nspname) || '.' || pg_catalog.quote_ident(p.relname)
             FROM pg_catalog.pg_inherits i
             JOIN pg_catalog.pg_class p ON p.oid = i.inhparent
             JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
            WHERE i.inhrelid = c.oid
            LIMIT 1
       ) END AS parent_name,
       l.database, l.page, l.tuple, l.transactionid::text AS xid, l.virtualxid,
       l.classid::oid AS classid, l.objid::oid AS objid, l.objsubid, l.virtualtransaction
  FROM pg_catalog.pg_locks l
  LEFT JOIN pg_catalog.pg_database d ON d.datname = pg_catalog.current_database()
  LEFT JOIN pg_catalog.pg_class c ON c.oid = l.relation AND l.database IN (d.oid, 0)
  LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE l.granted AND (l.pid = ANY (%(pids)s::int[]) OR l.pid IS NULL)
   AND l.locktype IN ('relation', 'tuple', 'transactionid', 'advisory')
