SELECT r.name AS object, 'warning' AS severity, r.name AS relation, 0 AS weight,
       format('CREATE POLICY %I ON %s USING (false);', left(r.relname, 50) || '_nobody', r.quoted) AS fix,
       json_build_object('forced', r.relforcerowsecurity, 'owner', r.relowner::regrole::text) AS evidence
FROM relation AS r
WHERE r.relkind IN ('r', 'p') AND r.relrowsecurity AND NOT EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = r.oid)
