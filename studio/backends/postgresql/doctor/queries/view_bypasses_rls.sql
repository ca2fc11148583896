, bypassed AS (
  SELECT v.oid, json_agg(DISTINCT t.oid::regclass::text) AS tables
  FROM relation AS v
  JOIN pg_roles AS o ON o.oid = v.relowner
  JOIN pg_rewrite AS w ON w.ev_class = v.oid
  JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
  JOIN pg_class AS t ON t.oid = d.refobjid AND t.relrowsecurity AND t.oid <> v.oid
  WHERE v.relkind IN ('v', 'm')
    AND NOT EXISTS (SELECT FROM unnest(v.reloptions) AS option WHERE option ~ '^security_invoker=(true|on|1|yes)$')
    AND (o.rolsuper OR o.rolbypassrls OR (t.relowner = v.relowner AND NOT t.relforcerowsecurity))
  GROUP BY v.oid
), readers AS (
  SELECT v.oid, json_agg(DISTINCT coalesce(nullif(a.grantee, 0)::regrole::text, 'PUBLIC')) AS roles
  FROM relation AS v CROSS JOIN LATERAL aclexplode(v.relacl) AS a
  WHERE v.relkind IN ('v', 'm') AND a.grantee <> v.relowner AND a.privilege_type = 'SELECT'
  GROUP BY v.oid
)
SELECT v.name AS object, 'warning' AS severity, v.name AS relation, 0 AS weight,
       CASE WHEN v.relkind = 'v' AND current_setting('server_version_num')::int >= 150000
            THEN format('ALTER VIEW %s SET (security_invoker = true);', v.quoted) ELSE '' END AS fix,
       json_build_object('owner', v.relowner::regrole::text, 'tables', b.tables, 'granted_to', r.roles) AS evidence
FROM relation AS v
JOIN bypassed AS b ON b.oid = v.oid
JOIN readers AS r ON r.oid = v.oid
