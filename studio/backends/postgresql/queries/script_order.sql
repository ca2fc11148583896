-- Which object of a script must be made before which. An index, a default, a rule or an owned
-- sequence is made with its relation; foreign keys, triggers and policies come after everything.
WITH place AS MATERIALIZED (
  SELECT 'pg_catalog.pg_class'::regclass::oid AS classid, i.indexrelid AS objid,
         'pg_catalog.pg_class'::regclass::oid AS toclass, i.indrelid AS tooid
  FROM pg_catalog.pg_index i
  UNION ALL
  SELECT d.classid, d.objid, d.refclassid, d.refobjid
  FROM pg_catalog.pg_depend d
  JOIN pg_catalog.pg_class c ON c.oid = d.objid AND c.relkind = 'S'
  WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.deptype IN ('a', 'i')
    AND d.refclassid = 'pg_catalog.pg_class'::regclass
  UNION ALL
  SELECT 'pg_catalog.pg_class'::regclass, c.oid, 'pg_catalog.pg_type'::regclass, c.reltype
  FROM pg_catalog.pg_class c WHERE c.relkind = 'c'
  UNION ALL
  SELECT 'pg_catalog.pg_type'::regclass, t.oid, 'pg_catalog.pg_class'::regclass, c.oid
  FROM pg_catalog.pg_type t
  JOIN pg_catalog.pg_class c ON c.oid = t.typrelid AND c.relkind <> 'c'
  UNION ALL
  -- An array goes with its element, and with that one's relation where it has one.
  SELECT 'pg_catalog.pg_type'::regclass, t.typarray,
         CASE WHEN c.oid IS NULL THEN 'pg_catalog.pg_type'::regclass
              ELSE 'pg_catalog.pg_class'::regclass END, COALESCE(c.oid, t.oid)
  FROM pg_catalog.pg_type t
  LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid AND c.relkind <> 'c'
  WHERE t.typarray <> 0
  UNION ALL
  SELECT 'pg_catalog.pg_rewrite'::regclass, r.oid, 'pg_catalog.pg_class'::regclass, r.ev_class
  FROM pg_catalog.pg_rewrite r WHERE r.rulename = '_RETURN'
  UNION ALL
  SELECT 'pg_catalog.pg_attrdef'::regclass, a.oid, 'pg_catalog.pg_class'::regclass, a.adrelid
  FROM pg_catalog.pg_attrdef a
  UNION ALL
  SELECT 'pg_catalog.pg_constraint'::regclass, k.oid,
         CASE WHEN k.conrelid <> 0 THEN 'pg_catalog.pg_class'::regclass
              ELSE 'pg_catalog.pg_type'::regclass END,
         CASE WHEN k.conrelid <> 0 THEN k.conrelid ELSE k.contypid END
  FROM pg_catalog.pg_constraint k WHERE k.contype <> 'f'
)
SELECT DISTINCT COALESCE(f.tooid, d.objid) AS later, COALESCE(t.tooid, d.refobjid) AS earlier
FROM pg_catalog.pg_depend d
LEFT JOIN place f ON f.classid = d.classid AND f.objid = d.objid
LEFT JOIN place t ON t.classid = d.refclassid AND t.objid = d.refobjid
WHERE COALESCE(f.toclass, d.classid) IN (
        'pg_catalog.pg_class'::regclass, 'pg_catalog.pg_type'::regclass,
        'pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_foreign_server'::regclass)
  AND COALESCE(f.tooid, d.objid) <> COALESCE(t.tooid, d.refobjid)
  AND COALESCE(t.tooid, d.refobjid) >= 16384
  AND COALESCE(f.tooid, d.objid) >= 16384
ORDER BY 1, 2
