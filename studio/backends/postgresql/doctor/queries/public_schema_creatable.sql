SELECT 'schema:' || n.nspname AS object, 'warning' AS severity, '' AS relation, 0 AS weight,
       format('REVOKE CREATE ON SCHEMA %I FROM PUBLIC;', n.nspname) AS fix,
       json_build_object('owner', n.nspowner::regrole::text, 'in_search_path', n.nspname = ANY (current_schemas(false))) AS evidence
FROM pg_namespace AS n
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND EXISTS (
    SELECT FROM aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) AS a
    WHERE a.grantee = 0 AND a.privilege_type = 'CREATE'
  )
