SELECT 'role:' || r.rolname AS object, 'warning' AS severity, '' AS relation, 0 AS weight,
       format('ALTER ROLE %I NOSUPERUSER NOBYPASSRLS;', r.rolname) AS fix,
       json_build_object('superuser', r.rolsuper, 'bypassrls', r.rolbypassrls,
         'sessions', (SELECT count(*) FROM pg_stat_activity AS a
                      WHERE a.usesysid = r.oid AND a.pid <> pg_backend_pid() AND a.backend_type = 'client backend'),
         'applications', (SELECT json_agg(DISTINCT a.application_name) FROM pg_stat_activity AS a
                          WHERE a.usesysid = r.oid AND a.pid <> pg_backend_pid() AND a.application_name <> '')) AS evidence
FROM pg_roles AS r
WHERE r.rolcanlogin AND (r.rolsuper OR r.rolbypassrls) AND r.oid <> 10 AND r.rolname !~ '^(pg_|rds|cloudsql|azure|supabase|neon)'
