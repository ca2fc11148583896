-- The most frequent values with their shares, then the bounds between which the others lie in
-- portions of equal size, in the type's own order.
SELECT 'common' AS part, v.place, v.value, f.share
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_stats s
  ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = %(column)s
CROSS JOIN LATERAL unnest(s.most_common_vals::text::text[]) WITH ORDINALITY AS v(value, place)
JOIN LATERAL unnest(s.most_common_freqs) WITH ORDINALITY AS f(share, place) ON f.place = v.place
WHERE c.oid = %(oid)s::oid AND s.inherited = %(inherited)s::boolean
UNION ALL
SELECT 'bound', v.place, v.value, NULL
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_stats s
  ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = %(column)s
CROSS JOIN LATERAL unnest(s.histogram_bounds::text::text[]) WITH ORDINALITY AS v(value, place)
WHERE c.oid = %(oid)s::oid AND s.inherited = %(inherited)s::boolean
ORDER BY 1 DESC, 2
