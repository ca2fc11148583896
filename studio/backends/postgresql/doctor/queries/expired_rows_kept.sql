SELECT format('%s.%s', r.name, a.attname) AS object,
       CASE WHEN past.share > 0.9 AND r.reltuples > 100000 THEN 'warning' ELSE 'notice' END AS severity,
       r.name AS relation, pg_total_relation_size(r.oid) AS weight,
       format(E'DELETE FROM %s WHERE ctid IN (SELECT ctid FROM %s WHERE %s LIMIT 5000);\nANALYZE %s;', r.quoted, r.quoted,
         expired.condition, r.quoted) AS fix,
       expired.condition AS faulty,
       json_build_object('expired_share', round(past.share::numeric, 3), 'estimated_rows', r.reltuples::bigint,
         'bytes', pg_total_relation_size(r.oid), 'newest_expired', past.newest) AS evidence
FROM relation AS r
JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
  AND a.attname ~* '^(expires?|expires_?at|expired_?at|expiry|expires_?on|valid_?until|expire_?at|expiration)$'
  AND a.atttypid IN ('timestamptz'::regtype, 'timestamp'::regtype, 'int8'::regtype)
JOIN pg_stats AS s ON s.schemaname = r.nspname AND s.tablename = r.relname AND s.attname = a.attname AND s.inherited = (r.relkind = 'p')
CROSS JOIN LATERAL (
  SELECT avg((at < now() - interval '1 day')::int) AS share, count(*) AS bounds, max(at) FILTER (WHERE at < now()) AS newest,
         bool_or(milliseconds) AS milliseconds
  FROM (
    SELECT CASE WHEN a.atttypid = 'int8'::regtype
                THEN to_timestamp(value::numeric / CASE WHEN value::numeric > 1e11 THEN 1000 ELSE 1 END)
                ELSE value::timestamptz END AS at,
           a.atttypid = 'int8'::regtype AND value::numeric > 1e11 AS milliseconds
    FROM unnest(s.histogram_bounds::text::text[]) AS value
  ) AS bound
) AS past
CROSS JOIN LATERAL (
  SELECT CASE WHEN a.atttypid <> 'int8'::regtype THEN format('%I < now()', a.attname)
              WHEN past.milliseconds THEN format('%I < extract(epoch FROM now()) * 1000', a.attname)
              ELSE format('%I < extract(epoch FROM now())', a.attname) END AS condition
) AS expired
WHERE r.reltuples >= 1000 AND NOT r.relispartition AND past.bounds >= 10 AND past.share >= 0.5
