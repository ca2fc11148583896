SELECT r.name AS object, 'error' AS severity, r.name AS relation, 0 AS weight,
       format('ALTER TABLE %s REPLICA IDENTITY FULL;', r.quoted) AS fix,
       json_build_object('publications', json_agg(p.pubname ORDER BY p.pubname), 'replica_identity', r.relreplident) AS evidence
FROM pg_publication AS p
JOIN pg_publication_tables AS t ON t.pubname = p.pubname
JOIN relation AS r ON r.nspname = t.schemaname AND r.relname = t.tablename
WHERE (p.pubupdate OR p.pubdelete) AND r.relkind = 'r'
  AND (r.relreplident = 'n'
       OR (r.relreplident = 'd'
           AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conrelid = r.oid AND k.contype = 'p')))
GROUP BY r.name, r.quoted, r.relreplident
