SELECT format('%s.%s', n.nspname, c.relname) AS object,
       CASE WHEN c.relkind = 'I' THEN 'warning' WHEN i.indisunique THEN 'error' ELSE 'warning' END AS severity,
       r.name AS relation, pg_relation_size(c.oid) AS weight,
       CASE WHEN c.relkind = 'I' THEN ''
            WHEN c.relname ~ '_cc(new|old)[0-9]*$' THEN format('DROP INDEX CONCURRENTLY %I.%I;', n.nspname, c.relname)
            ELSE format('REINDEX INDEX CONCURRENTLY %I.%I;', n.nspname, c.relname) END AS fix,
       -- What a unique index cannot be built over.
       CASE WHEN i.indisunique AND i.indexprs IS NULL AND i.indpred IS NULL THEN (
         SELECT format('(%s) IN (SELECT %s FROM %s WHERE %s GROUP BY %s HAVING count(*) > 1)', listed, listed, r.quoted, given, listed)
         FROM (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY place) AS listed,
                      string_agg(format('%I IS NOT NULL', a.attname), ' AND ' ORDER BY place) AS given
               FROM generate_series(0, i.indnkeyatts - 1) AS place
               JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[place]) AS key
       ) END AS faulty,
       json_build_object('table', i.indrelid::regclass::text, 'ready', i.indisready, 'unique', i.indisunique,
         'bytes', pg_relation_size(c.oid), 'partitioned_parent', c.relkind = 'I',
         'leftover_of_reindex', c.relname ~ '_cc(new|old)[0-9]*$',
         'definition', regexp_replace(pg_get_indexdef(c.oid), '[\n\r]', ' ', 'g')) AS evidence
FROM pg_index AS i
JOIN pg_class AS c ON c.oid = i.indexrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN relation AS r ON r.oid = i.indrelid
WHERE (NOT i.indisvalid OR NOT i.indisready)
  AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index AS p WHERE p.relid = i.indrelid)
