-- Indexes; `keys` holds 0 where a part is an expression, whose text is asked for only then.
SELECT i.indrelid AS relation,
       c.relname AS name,
       i.indisunique AS is_unique,
       i.indisprimary AS is_primary,
       i.indisvalid AS is_valid,
       i.indimmediate AS is_immediate,
       i.indnkeyatts AS key_count,
       i.indkey AS keys,
       i.indoption AS options,
       m.amname AS method,
       pg_catalog.pg_get_expr(i.indpred, i.indrelid, true) AS predicate,
       CASE WHEN i.indexprs IS NOT NULL THEN (
         SELECT pg_catalog.json_object_agg(p.place, pg_catalog.pg_get_indexdef(c.oid, p.place, true))
         FROM pg_catalog.generate_series(1, i.indnkeyatts::integer) AS p (place)
         WHERE i.indkey[p.place - 1] = 0
       ) END AS expressions,
       CASE WHEN EXISTS (
         SELECT FROM pg_catalog.unnest(i.indcollation) WITH ORDINALITY AS u (id, place)
         JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid
                                       AND a.attnum = i.indkey[u.place - 1]
         WHERE u.id <> 0 AND u.id <> a.attcollation
       ) THEN (
         SELECT pg_catalog.json_object_agg(u.place, l.collname)
         FROM pg_catalog.unnest(i.indcollation) WITH ORDINALITY AS u (id, place)
         JOIN pg_catalog.pg_collation l ON l.oid = u.id
         JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid
                                       AND a.attnum = i.indkey[u.place - 1]
         WHERE u.id <> a.attcollation
       ) END AS collations,
       k.contype AS constraint,
       c.relpages AS pages,
       pg_catalog.pg_get_indexdef(c.oid) AS sql
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_am m ON m.oid = c.relam
LEFT JOIN pg_catalog.pg_constraint k ON k.conindid = c.oid AND k.contype IN ('p', 'u', 'x')
WHERE (%(oid)s::oid IS NULL OR i.indrelid = %(oid)s::oid)
ORDER BY i.indrelid, i.indisprimary DESC, c.relname
