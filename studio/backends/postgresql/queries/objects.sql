-- What people made besides tables; what an extension brought comes with it.
WITH brought AS MATERIALIZED (
  SELECT d.classid, d.objid FROM pg_catalog.pg_depend d WHERE d.deptype = 'e'
), own AS MATERIALIZED (
  SELECT n.oid, n.nspname
  FROM pg_catalog.pg_namespace n
  WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
)
SELECT CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END AS kind,
       n.nspname AS schema, p.proname AS name,
       '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')' AS detail, p.oid
FROM pg_catalog.pg_proc p
JOIN own n ON n.oid = p.pronamespace
LEFT JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_proc'::regclass
                                AND d.objid = p.oid AND d.deptype = 'i'
WHERE d.objid IS NULL
  AND ('pg_catalog.pg_proc'::regclass, p.oid) NOT IN (SELECT * FROM brought)
UNION ALL
SELECT 'trigger', n.nspname, t.tgname, 'on ' || c.relname, t.oid
FROM pg_catalog.pg_trigger t
JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
JOIN own n ON n.oid = c.relnamespace
WHERE NOT t.tgisinternal
UNION ALL
SELECT CASE c.relkind WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view' ELSE 'materialized view' END,
       n.nspname, c.relname, '', c.oid
FROM pg_catalog.pg_class c
JOIN own n ON n.oid = c.relnamespace
WHERE c.relkind IN ('S', 'v', 'm')
  AND ('pg_catalog.pg_class'::regclass, c.oid) NOT IN (SELECT * FROM brought)
UNION ALL
SELECT CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END, n.nspname, t.typname,
       CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'r' THEN 'range' WHEN 'c' THEN 'composite'
                      ELSE '' END, t.oid
FROM pg_catalog.pg_type t
JOIN own n ON n.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
WHERE (t.typtype IN ('e', 'd', 'r') OR t.typtype = 'c' AND c.relkind = 'c')
  AND ('pg_catalog.pg_type'::regclass, t.oid) NOT IN (SELECT * FROM brought)
UNION ALL
SELECT 'extension', n.nspname, e.extname, e.extversion, e.oid
FROM pg_catalog.pg_extension e
JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
ORDER BY 1, 2, 3, 4
