SELECT r.name AS object,
       CASE WHEN r.relkind IN ('r', 'p') AND bool_or(a.privilege_type <> 'SELECT') THEN 'error' ELSE 'warning' END AS severity,
       r.name AS relation, 0 AS weight,
       format('REVOKE %s ON %s FROM PUBLIC;', string_agg(DISTINCT a.privilege_type, ', '), r.quoted) AS fix,
       json_build_object('privileges', json_agg(DISTINCT a.privilege_type), 'rls', r.relrowsecurity, 'kind', r.relkind) AS evidence
FROM relation AS r
CROSS JOIN LATERAL aclexplode(r.relacl) AS a
WHERE a.grantee = 0 AND a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE') AND r.relkind IN ('r', 'p', 'v', 'm', 'f')
GROUP BY r.name, r.quoted, r.relrowsecurity, r.relkind
