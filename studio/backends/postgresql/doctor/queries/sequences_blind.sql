SELECT format('%s sequence%s may not be read by this role', count(*), CASE count(*) WHEN 1 THEN '' ELSE 's' END) AS why,
       'GRANT SELECT ON ALL SEQUENCES IN SCHEMA …' AS opens
FROM pg_sequence AS s
JOIN relation AS r ON r.oid = s.seqrelid
WHERE NOT has_sequence_privilege(s.seqrelid, 'USAGE, SELECT')
HAVING count(*) > 0
