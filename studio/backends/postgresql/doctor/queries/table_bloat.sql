, measured AS (
  SELECT r.name, r.quoted, r.reltuples, pg_relation_size(r.oid) AS bytes, current_setting('block_size')::int AS page,
         coalesce((SELECT option_value::int FROM pg_options_to_table(r.reloptions) WHERE option_name = 'fillfactor'), 100) AS filled,
         sum((1 - s.null_frac) * s.avg_width) AS width, count(s.attname) AS known,
         (SELECT count(*) FROM pg_attribute AS a WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
  FROM relation AS r
  JOIN pg_am AS m ON m.oid = r.relam AND m.amname = 'heap'
  LEFT JOIN pg_stats AS s ON s.schemaname = r.nspname AND s.tablename = r.relname AND NOT s.inherited
  WHERE r.relkind IN ('r', 'm') AND r.reltuples > 0
  GROUP BY r.oid, r.name, r.quoted, r.reltuples, r.reloptions
), needed AS (
  -- A row: 24 bytes of header, aligned to 8, and 4 bytes of its line pointer; a page: 24 bytes of header.
  SELECT *, ceil(reltuples * (8 * ceil((24 + width) / 8.0) + 4) / ((page - 24) * filled / 100.0)) * page AS need
  FROM measured WHERE known = columns
)
SELECT name AS object, 'notice' AS severity, name AS relation, bytes - need AS weight, format('VACUUM (FULL, VERBOSE) %s;', quoted) AS fix,
       json_build_object('bytes', bytes, 'need_bytes', need::bigint, 'waste_bytes', (bytes - need)::bigint,
         'share', round(((bytes - need) / bytes)::numeric, 2)) AS evidence
FROM needed WHERE bytes - need > 104857600 AND (bytes - need) / bytes > 0.5
