SELECT format('%s.%s(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) AS object, 'warning' AS severity,
       '' AS relation, 0 AS weight,
       format('ALTER ROUTINE %I.%I(%s) SET search_path = %I, pg_temp;', n.nspname, p.proname,
         pg_get_function_identity_arguments(p.oid), n.nspname) AS fix,
       json_build_object('owner', p.proowner::regrole::text, 'owner_superuser', o.rolsuper, 'language', l.lanname,
         'public_execute', has_function_privilege('public', p.oid, 'EXECUTE')) AS evidence
FROM pg_proc AS p
JOIN pg_namespace AS n ON n.oid = p.pronamespace
JOIN pg_language AS l ON l.oid = p.prolang
JOIN pg_roles AS o ON o.oid = p.proowner
WHERE p.prosecdef AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM unnest(p.proconfig) AS c WHERE c ~ '^search_path=')
  AND to_jsonb(p) ->> 'prosqlbody' IS NULL
  AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
