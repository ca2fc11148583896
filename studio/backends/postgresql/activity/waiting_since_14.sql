-- Locks that somebody wants and has not got, and whom each waits for: one statement, so that both are
-- of one moment. pg_blocking_pids looks at a whole lock for every pid, so only the first 200 ask; of
-- the rest it is counted who wants the same.
WITH wanted AS MATERIALIZED (
    SELECT l.*, row_number() OVER (ORDER BY l.waitstart NULLS LAST) AS place
      FROM pg_catalog.pg_locks l
     WHERE NOT l.granted AND l.pid <> pg_catalog.pg_backend_pid()
)
SELECT w.pid, w.locktype, w.mode, w.database, w.relation::oid AS relation,
       pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) AS relation_name,
       CASE WHEN c.relispartition THEN (
           SELECT pg_catalog.quote_ident(pn.nspname) || '.' || pg_catalog.quote_ident(p.relname)
             FROM pg_catalog.pg_inherits i
             JOIN pg_catalog.pg_class p ON p.oid = i.inhparent
             JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
            WHERE i.inhrelid = c.oid
            LIMIT 1
       ) END AS parent_name,
       w.page, w.tuple, w.transactionid::text AS xid, w.virtualxid, w.classid::oid AS classid,
       w.objid::oid AS objid, w.objsubid, 1 AS waiters,
       extract(epoch FROM pg_catalog.clock_timestamp() - w.waitstart)::float8 AS waiting_s,
       pg_catalog.array_to_string(pg_catalog.pg_blocking_pids(w.pid), ',') AS blockers
  FROM wanted w
  LEFT JOIN pg_catalog.pg_database d ON d.datname = pg_catalog.current_database()
  LEFT JOIN pg_catalog.pg_class c ON c.oid = w.relation AND w.database IN (d.oid, 0)
  LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE w.place <= 200
 UNION ALL
SELECT NULL, w.locktype, w.mode, w.database, w.relation::oid,
       pg_catalog.quote_ident(min(n.nspname::text)) || '.' || pg_catalog.quote_ident(min(c.relname::text)),
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, count(*), NULL, NULL
  FROM wanted w
  LEFT JOIN pg_catalog.pg_database d ON d.datname = pg_catalog.current_database()
  LEFT JOIN pg_catalog.pg_class c ON c.oid = w.relation AND w.database IN (d.oid, 0)
  LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE w.place > 200
 GROUP BY w.locktype, w.mode, w.database, w.relation
