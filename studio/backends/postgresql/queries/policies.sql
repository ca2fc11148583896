-- One table, or all, with row security or with policies that wait for it, one row a policy.
SELECT n.nspname AS schema,
       c.relname AS name,
       c.relrowsecurity AS enabled,
       c.relforcerowsecurity AS forced,
       p.polname AS policy,
       p.polcmd AS command,
       p.polpermissive AS permissive,
       (SELECT pg_catalog.json_agg(CASE WHEN r.role = 0 THEN 'public'
                                        ELSE pg_catalog.pg_get_userbyid(r.role) END)
        FROM pg_catalog.unnest(p.polroles) AS r (role)) AS roles,
       pg_catalog.pg_get_expr(p.polqual, p.polrelid) AS using,
       pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) AS checked
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_policy p ON p.polrelid = c.oid
WHERE c.relkind IN ('r', 'p')
  AND (%(oid)s::oid IS NULL OR c.oid = %(oid)s::oid)
  AND (c.relrowsecurity OR c.relforcerowsecurity OR p.oid IS NOT NULL)
ORDER BY n.nspname, c.relname, p.polname
