-- Rights beyond an owner's own and everybody's usual ones: what they are on, and who has them.
WITH listed AS (
  SELECT n.nspname || '.' || c.relname AS name, c.relacl AS acl, c.relowner AS owner, '' AS usual,
         n.nspname AS schema, 'pg_catalog.pg_class'::pg_catalog.regclass AS class, c.oid
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relacl IS NOT NULL
  UNION ALL
  SELECT n.nspname || '.' || c.relname || '.' || a.attname, a.attacl, c.relowner, '',
         n.nspname, 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid
  FROM pg_catalog.pg_attribute a
  JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE a.attacl IS NOT NULL
  UNION ALL
  SELECT n.nspname || '.' || p.proname || '()', p.proacl, p.proowner, 'EXECUTE',
         n.nspname, 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid
  FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  WHERE p.proacl IS NOT NULL
)
SELECT l.name,
       (SELECT pg_catalog.json_agg(DISTINCT CASE WHEN g.grantee = 0 THEN 'public'
                                            ELSE pg_catalog.pg_get_userbyid(g.grantee) END)
        FROM pg_catalog.aclexplode(l.acl) g
        WHERE g.grantee <> l.owner AND NOT (g.grantee = 0 AND g.privilege_type = l.usual)) AS roles,
       l.usual <> '' AND NOT EXISTS (SELECT FROM pg_catalog.aclexplode(l.acl) g
                                     WHERE g.grantee = 0) AS is_taken
FROM listed l
WHERE l.schema NOT IN ('pg_catalog', 'information_schema')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                  WHERE d.classid = l.class AND d.objid = l.oid AND d.deptype = 'e')
ORDER BY l.name
