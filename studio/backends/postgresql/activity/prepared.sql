-- Transactions without a session.
SELECT p.gid, p.owner, p.database, p.transaction::text AS xid,
       extract(epoch FROM pg_catalog.clock_timestamp() - p.prepared)::float8 AS age_s,
       pg_catalog.age(p.transaction) AS xid_age
  FROM pg_catalog.pg_prepared_xacts p
 ORDER BY p.prepared
