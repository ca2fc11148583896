-- Functions and procedures that SQL can call, and people's own for triggers: no type's own, no
-- operator's support.
SELECT p.proname AS name,
       CASE WHEN n.nspname <> 'pg_catalog' THEN n.nspname END AS schema,
       p.prokind AS kind,
       p.proretset AS is_set,
       pg_catalog.array_to_json(p.proargnames) AS names,
       pg_catalog.array_to_json(p.proargmodes) AS modes,
       (SELECT pg_catalog.json_agg(pg_catalog.format_type(a.type, NULL) ORDER BY a.place)
        FROM pg_catalog.unnest(coalesce(p.proallargtypes, p.proargtypes::oid[]))
             WITH ORDINALITY AS a (type, place)) AS types,
       p.pronargs AS inputs,
       p.pronargdefaults AS optional,
       pg_catalog.format_type(p.prorettype, NULL) AS returns,
       tn.nspname AS row_schema,
       c.relname AS row_name
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
LEFT JOIN pg_catalog.pg_type t ON t.oid = p.prorettype AND t.typtype = 'c'
LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
LEFT JOIN pg_catalog.pg_namespace tn ON tn.oid = c.relnamespace
WHERE p.prorettype <> 'internal'::regtype
  AND (n.nspname <> 'pg_catalog'
       OR p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype))
  AND NOT ('internal'::regtype = ANY (p.proargtypes::oid[]))
  AND NOT ('cstring'::regtype = ANY (p.proargtypes::oid[]))
  AND p.prorettype <> 'cstring'::regtype
  AND n.nspname <> 'information_schema'
  AND p.oid NOT IN (SELECT lanvalidator FROM pg_catalog.pg_language
                    UNION ALL SELECT lanplcallfoid FROM pg_catalog.pg_language
                    UNION ALL SELECT laninline FROM pg_catalog.pg_language)
  AND (n.nspname <> 'pg_catalog' OR p.oid NOT IN (
         SELECT oprcode FROM pg_catalog.pg_operator WHERE oprname NOT IN ('^@')
         UNION ALL SELECT amproc FROM pg_catalog.pg_amproc
         UNION ALL SELECT aggtransfn FROM pg_catalog.pg_aggregate
         UNION ALL SELECT aggfinalfn FROM pg_catalog.pg_aggregate
         UNION ALL SELECT aggcombinefn FROM pg_catalog.pg_aggregate
         UNION ALL SELECT aggmtransfn FROM pg_catalog.pg_aggregate
         UNION ALL SELECT aggminvtransfn FROM pg_catalog.pg_aggregate
         UNION ALL SELECT oprrest FROM pg_catalog.pg_operator
         UNION ALL SELECT oprjoin FROM pg_catalog.pg_operator
         UNION ALL SELECT typsend FROM pg_catalog.pg_type
         UNION ALL SELECT typreceive FROM pg_catalog.pg_type
         UNION ALL SELECT typmodin FROM pg_catalog.pg_type
         UNION ALL SELECT typanalyze FROM pg_catalog.pg_type))
  AND (n.nspname <> 'pg_catalog'
       OR NOT EXISTS (SELECT FROM pg_catalog.pg_cast k WHERE k.castfunc = p.oid
                      AND k.castsource <> 'text'::regtype AND p.proname = k.casttarget::regtype::text))
ORDER BY n.nspname = 'pg_catalog', p.proname, p.pronargs
