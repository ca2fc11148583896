SELECT r.name AS object, 'notice' AS severity, r.name AS relation, 0 AS weight,
       format('REVOKE UPDATE, DELETE, TRUNCATE ON %s FROM %s;', r.quoted,
         string_agg(DISTINCT coalesce(nullif(a.grantee, 0)::regrole::text, 'PUBLIC'), ', ')) AS fix,
       json_build_object('roles', json_agg(DISTINCT coalesce(nullif(a.grantee, 0)::regrole::text, 'PUBLIC')),
         'privileges', json_agg(DISTINCT a.privilege_type)) AS evidence
FROM relation AS r
CROSS JOIN LATERAL aclexplode(r.relacl) AS a
WHERE r.relkind IN ('r', 'p') AND NOT r.relispartition AND a.grantee <> r.relowner
  AND r.relname ~* '(^|_)(audit|audits|audit_logs?|audit_trail|audit_events?|activity_log)$'
  AND a.privilege_type IN ('UPDATE', 'DELETE', 'TRUNCATE')
GROUP BY r.name, r.quoted
