SELECT format('%s sequences may not be read by this role', count(*)) AS why,
       'GRANT SELECT ON ALL SEQUENCES IN SCHEMA …' AS opens
FROM pg_sequence AS s
JOIN relation AS r ON r.oid = s.seqrelid
WHERE NOT has_sequence_privilege(s.seqrelid, 'USAGE, SELECT')
HAVING count(*) > 0
