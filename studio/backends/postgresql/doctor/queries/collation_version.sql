SELECT format('collation:%s.%s', n.nspname, c.collname) AS object, 'error' AS severity, '' AS relation, 0 AS weight,
       (SELECT string_agg(format('REINDEX INDEX CONCURRENTLY %s;', i.indexrelid::regclass), E'\n')
        FROM pg_index AS i WHERE c.oid = ANY (i.indcollation::oid[]))
       || format(E'\nALTER COLLATION %I.%I REFRESH VERSION;', n.nspname, c.collname) AS fix,
       json_build_object('recorded', c.collversion, 'actual', pg_collation_actual_version(c.oid),
         'indexes', (SELECT json_agg(i.indexrelid::regclass::text) FROM pg_index AS i WHERE c.oid = ANY (i.indcollation::oid[]))) AS evidence
FROM pg_collation AS c
JOIN pg_namespace AS n ON n.oid = c.collnamespace
WHERE c.collversion IS NOT NULL AND c.collversion IS DISTINCT FROM pg_collation_actual_version(c.oid)
  AND EXISTS (SELECT FROM pg_index AS i WHERE c.oid = ANY (i.indcollation::oid[]))
