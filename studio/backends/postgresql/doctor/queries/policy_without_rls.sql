SELECT r.name AS object, 'error' AS severity, r.name AS relation, 0 AS weight,
       format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY;', r.quoted) AS fix,
       json_build_object('policies', json_agg(p.polname ORDER BY p.polname)) AS evidence
FROM relation AS r
JOIN pg_policy AS p ON p.polrelid = r.oid
WHERE NOT r.relrowsecurity
GROUP BY r.name, r.quoted
