-- Everything that running an analysed statement may call, from its parse tree ($1) through views,
-- policies, operators, aggregates, types and defaults; and of that, what may act.
-- A tree writes `:funcid 16393` and `:opnos (o 96 97)`; an oid in a field of another name is looked
-- for in every catalog. Names in it have their spaces escaped: none can look like a field. No
-- backslashes here: what they mean is a setting.
WITH RECURSIVE reached (kind, id) AS (
    SELECT 'tree'::text, 0::oid
    UNION
    SELECT next.kind, next.id
    FROM reached r
    CROSS JOIN LATERAL (
        SELECT CASE
                   WHEN m.field ~ '(funcid|fnoid|InRangeFunc|tsmhandler)$' THEN 'function'
                   WHEN m.field ~ '^(opno|opnos|eqop|sortop|inputOperators)$' THEN 'operator'
                   WHEN m.field = 'relid' THEN 'relation'
                   WHEN m.field ~ '^(var|agg|win|case|coalesce|minmax|ref[a-z]+)type$'
                        OR m.field IN ('aggargtypes', 'ctecoltypes', 'colTypes') THEN 'seen type'
                   WHEN m.field ~ '[tT]ypes?$|type_?[iI]d$' THEN 'type'
                   ELSE 'unknown'
               END AS kind,
               m.number::oid AS id
        FROM (
            SELECT $1::text AS tree WHERE r.kind = 'tree'
            UNION ALL
            SELECT w.ev_action::text FROM pg_rewrite w
            JOIN pg_class c ON c.oid = w.ev_class AND c.relkind = 'v'
            WHERE r.kind = 'relation' AND w.ev_class = r.id
            UNION ALL
            SELECT p.polqual::text FROM pg_policy p
            JOIN pg_class c ON c.oid = p.polrelid AND c.relrowsecurity
            WHERE r.kind = 'relation' AND p.polrelid = r.id
            UNION ALL
            SELECT p.proargdefaults::text FROM pg_proc p
            WHERE r.kind = 'function' AND p.oid = r.id AND p.oid >= 16384
            UNION ALL
            SELECT k.conbin::text FROM pg_constraint k
            WHERE r.kind = 'type' AND k.contypid = r.id
        ) AS source
        CROSS JOIN LATERAL (
            SELECT found[1] AS field, number
            FROM regexp_matches(
                source.tree, ':([a-zA-Z_]+)[[:space:]]+(?:[(]o[[:space:]]+)?([0-9][0-9[:space:]]*)', 'g') found
            CROSS JOIN LATERAL regexp_split_to_table(found[2], '[[:space:]]+') number
        ) AS m
        WHERE length(m.number) BETWEEN 1 AND 10 AND m.number::bigint BETWEEN 1 AND 4294967295
          AND m.field !~ '(location|list_start|list_end|len|typmod|resorigtbl|[qQ]uery_?[iI]d)$'
          AND (m.number::bigint >= 16384
               OR m.field ~ '(funcid|fnoid|InRangeFunc|tsmhandler)$|^opnos?$')
        UNION ALL
        SELECT found.kind, r.id
        FROM (SELECT 'function' AS kind WHERE EXISTS (SELECT FROM pg_proc WHERE oid = r.id)
              UNION ALL
              SELECT 'operator' WHERE EXISTS (SELECT FROM pg_operator WHERE oid = r.id)
              UNION ALL
              SELECT 'relation' WHERE EXISTS (SELECT FROM pg_class WHERE oid = r.id)
              UNION ALL
              SELECT 'seen type' WHERE EXISTS (SELECT FROM pg_type WHERE oid = r.id)) AS found
        WHERE r.kind = 'unknown'
        UNION ALL
        SELECT 'relation', i.inhrelid FROM pg_inherits i
        WHERE r.kind = 'relation' AND i.inhparent = r.id
        UNION ALL
        SELECT 'support', called.id
        FROM pg_aggregate a
        CROSS JOIN LATERAL unnest(ARRAY[a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn,
            a.aggdeserialfn, a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn]::oid[]) AS called (id)
        WHERE r.kind = 'function' AND a.aggfnoid = r.id AND called.id <> 0
        UNION ALL
        SELECT 'operator', a.aggsortop FROM pg_aggregate a
        WHERE r.kind = 'function' AND a.aggfnoid = r.id AND a.aggsortop >= 16384
        UNION ALL
        SELECT 'function', o.oprcode::oid FROM pg_operator o
        WHERE r.kind = 'operator' AND o.oid = r.id AND o.oprcode <> 0
        UNION ALL
        SELECT 'support', s.amproc::oid
        FROM (
            SELECT o.amopfamily AS family FROM pg_amop o
            WHERE r.kind = 'operator' AND o.amopopr = r.id AND r.id >= 16384
            UNION ALL
            SELECT c.opcfamily FROM pg_opclass c
            WHERE r.kind IN ('type', 'seen type') AND c.opcintype = r.id
            UNION ALL
            SELECT c.opcfamily FROM pg_range g JOIN pg_opclass c ON c.oid = g.rngsubopc
            WHERE r.kind IN ('type', 'seen type') AND g.rngtypid = r.id
            UNION ALL
            SELECT c.opcfamily FROM pg_index i
            CROSS JOIN LATERAL unnest(i.indclass::oid[]) AS of_column (id)
            JOIN pg_opclass c ON c.oid = of_column.id
            WHERE r.kind = 'relation' AND i.indrelid = r.id
        ) AS used
        JOIN pg_amproc s ON s.amprocfamily = used.family AND s.amproc::oid >= 16384
        UNION ALL
        SELECT 'support', g.rngsubdiff::oid FROM pg_range g
        WHERE r.kind IN ('type', 'seen type') AND g.rngtypid = r.id AND g.rngsubdiff <> 0
        UNION ALL
        SELECT r.kind, part.id FROM pg_type t
        CROSS JOIN LATERAL (
            SELECT t.typelem AS id UNION ALL SELECT t.typbasetype
            UNION ALL
            SELECT a.atttypid FROM pg_attribute a
            WHERE a.attrelid = t.typrelid AND t.typrelid <> 0 AND a.attnum > 0
              AND NOT a.attisdropped
            UNION ALL
            SELECT g.rngsubtype FROM pg_range g WHERE g.rngtypid = t.oid
        ) AS part
        WHERE r.kind IN ('type', 'seen type') AND t.oid = r.id AND part.id >= 16384
    ) AS next
)
SELECT format('%I.%I()', n.nspname, p.proname) AS name, (p.provolatile <> 'v')::text AS planned
FROM (SELECT id, bool_and(kind = 'support') AS supports FROM reached
      WHERE kind IN ('function', 'support') GROUP BY id) r
JOIN pg_proc p ON p.oid = r.id
JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.prokind <> 'a'
  -- C behind an aggregate or an index is an extension's, which often says nothing of volatility.
  AND NOT (r.supports AND p.prolang = 13)
  AND (p.proname = ANY ($3::text[])
       OR p.provolatile = 'v'
          AND NOT (p.oid < 16384 AND p.prolang IN (12, 13, 14) AND p.proname = ANY ($2::text[]))
          AND NOT (p.prolang = 13 AND EXISTS (
              SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
              WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
                AND d.refclassid = 'pg_extension'::regclass
                AND e.extname || '.' || p.proname = ANY ($4::text[]))))
UNION ALL
SELECT format('%I.%I', n.nspname, c.relname), 'false'
FROM (SELECT DISTINCT id FROM reached WHERE kind = 'relation') r
JOIN pg_foreign_table f ON f.ftrelid = r.id
JOIN pg_class c ON c.oid = f.ftrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_foreign_server s ON s.oid = f.ftserver
WHERE array_to_string(f.ftoptions, ' ') ~ '(^| )program='
   OR NOT EXISTS (
       SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
       WHERE d.classid = 'pg_foreign_data_wrapper'::regclass AND d.objid = s.srvfdw
         AND d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass
         AND e.extname = ANY ($5::text[]))
UNION ALL
-- What the statement will run with: until here, the settings were this query's own.
SELECT '', set_config('search_path', $6, true) || set_config('jit', $7, true)
