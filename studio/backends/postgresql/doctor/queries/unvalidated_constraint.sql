SELECT format('%s.%s', r.name, k.conname) AS object,
       CASE WHEN coalesce(to_jsonb(k) ->> 'conenforced', 'true') = 'false' THEN 'notice' ELSE 'warning' END AS severity,
       r.name AS relation, pg_relation_size(r.oid) AS weight,
       CASE WHEN coalesce(to_jsonb(k) ->> 'conenforced', 'true') = 'true'
            THEN format('ALTER TABLE %s VALIDATE CONSTRAINT %I;', r.quoted, k.conname)
            WHEN k.contype = 'f' THEN format('ALTER TABLE %s ALTER CONSTRAINT %I ENFORCED;', r.quoted, k.conname)
            ELSE '' END AS fix,
       CASE k.contype WHEN 'f' THEN (SELECT o.rows FROM orphan AS o WHERE o.key = k.oid)
            WHEN 'c' THEN format('NOT (%s)', pg_get_expr(k.conbin, k.conrelid))
            WHEN 'n' THEN (SELECT format('%I IS NULL', a.attname) FROM pg_attribute AS a
                           WHERE a.attrelid = k.conrelid AND a.attnum = k.conkey[1]) END AS faulty,
       json_build_object('kind', k.contype, 'enforced', coalesce(to_jsonb(k) ->> 'conenforced', 'true')::boolean,
         'bytes', pg_relation_size(r.oid), 'definition', pg_get_constraintdef(k.oid)) AS evidence
FROM pg_constraint AS k
JOIN relation AS r ON r.oid = k.conrelid
WHERE NOT k.convalidated AND k.conparentid = 0 AND k.coninhcount = 0
