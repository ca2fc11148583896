-- What relations stand on: schemas, extensions, foreign servers, types, functions and free
-- sequences, each with the statement that makes it. What an extension brought comes with it.
WITH brought AS MATERIALIZED (
  SELECT d.classid, d.objid FROM pg_catalog.pg_depend d WHERE d.deptype = 'e'
), own AS MATERIALIZED (
  SELECT n.oid, n.nspname
  FROM pg_catalog.pg_namespace n
  WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
)
SELECT 'pg_namespace' AS class, n.oid, 1 AS rank, n.nspname AS name,
       CASE WHEN n.nspname <> 'public'
            THEN pg_catalog.format('CREATE SCHEMA %I', n.nspname) END AS sql
FROM own n
WHERE ('pg_catalog.pg_namespace'::regclass, n.oid) NOT IN (SELECT * FROM brought)
UNION ALL
SELECT 'pg_extension', e.oid, 2, e.extname,
       pg_catalog.format('CREATE EXTENSION IF NOT EXISTS %I SCHEMA %I', e.extname, n.nspname)
FROM pg_catalog.pg_extension e
JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname <> 'plpgsql'
UNION ALL
SELECT 'pg_foreign_data_wrapper', w.oid, 3, w.fdwname,
       pg_catalog.format('CREATE FOREIGN DATA WRAPPER %I%s%s', w.fdwname,
         CASE WHEN w.fdwhandler <> 0 THEN ' HANDLER ' || w.fdwhandler::pg_catalog.regproc END,
         CASE WHEN w.fdwvalidator <> 0 THEN ' VALIDATOR ' || w.fdwvalidator::pg_catalog.regproc END)
FROM pg_catalog.pg_foreign_data_wrapper w
WHERE ('pg_catalog.pg_foreign_data_wrapper'::regclass, w.oid) NOT IN (SELECT * FROM brought)
UNION ALL
SELECT 'pg_foreign_server', s.oid, 4, s.srvname,
       pg_catalog.format('CREATE SERVER %I%s%s FOREIGN DATA WRAPPER %I', s.srvname,
         ' TYPE ' || pg_catalog.quote_literal(s.srvtype),
         ' VERSION ' || pg_catalog.quote_literal(s.srvversion), w.fdwname)
FROM pg_catalog.pg_foreign_server s
JOIN pg_catalog.pg_foreign_data_wrapper w ON w.oid = s.srvfdw
UNION ALL
SELECT 'pg_type', t.oid, 5, t.typname,
       CASE t.typtype
         WHEN 'e' THEN pg_catalog.format('CREATE TYPE %I.%I AS ENUM (%s)', n.nspname, t.typname, (
           SELECT pg_catalog.string_agg(pg_catalog.quote_literal(l.enumlabel), ', '
                                        ORDER BY l.enumsortorder)
           FROM pg_catalog.pg_enum l WHERE l.enumtypid = t.oid))
         WHEN 'd' THEN pg_catalog.format('CREATE DOMAIN %I.%I AS %s%s%s%s%s', n.nspname, t.typname,
           pg_catalog.format_type(t.typbasetype, t.typtypmod), (
             SELECT pg_catalog.format(' COLLATE %I.%I', cn.nspname, c.collname)
             FROM pg_catalog.pg_collation c
             JOIN pg_catalog.pg_namespace cn ON cn.oid = c.collnamespace
             JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype
             WHERE c.oid = t.typcollation AND t.typcollation <> b.typcollation),
           ' DEFAULT ' || t.typdefault, CASE WHEN t.typnotnull THEN ' NOT NULL' END, (
             SELECT pg_catalog.string_agg(pg_catalog.format(' CONSTRAINT %I %s', k.conname,
                      pg_catalog.pg_get_constraintdef(k.oid)), '' ORDER BY k.conname)
             FROM pg_catalog.pg_constraint k
             WHERE k.contypid = t.oid AND k.contype = 'c'))
         WHEN 'c' THEN pg_catalog.format('CREATE TYPE %I.%I AS (%s)', n.nspname, t.typname, (
           SELECT pg_catalog.string_agg(pg_catalog.format('%I %s', a.attname,
                    pg_catalog.format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY a.attnum)
           FROM pg_catalog.pg_attribute a
           WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped))
         WHEN 'r' THEN (
           SELECT pg_catalog.format('CREATE TYPE %I.%I AS RANGE (SUBTYPE = %s)', n.nspname,
                    t.typname, pg_catalog.format_type(r.rngsubtype, NULL))
           FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid)
       END
FROM pg_catalog.pg_type t
JOIN own n ON n.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
WHERE (t.typtype IN ('e', 'd', 'r') OR t.typtype = 'c' AND c.relkind = 'c')
  AND ('pg_catalog.pg_type'::regclass, t.oid) NOT IN (SELECT * FROM brought)
UNION ALL
SELECT 'pg_proc', p.oid, 6, p.proname, pg_catalog.pg_get_functiondef(p.oid)
FROM pg_catalog.pg_proc p
JOIN own n ON n.oid = p.pronamespace
LEFT JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_proc'::regclass
                                AND d.objid = p.oid AND d.deptype = 'i'
WHERE p.prokind <> 'a' AND d.objid IS NULL
  AND ('pg_catalog.pg_proc'::regclass, p.oid) NOT IN (SELECT * FROM brought)
UNION ALL
SELECT 'pg_class', c.oid, 7, c.relname,
       pg_catalog.format('CREATE SEQUENCE %I.%I%s START WITH %s INCREMENT BY %s '
                         'MINVALUE %s MAXVALUE %s CACHE %s%s', n.nspname, c.relname,
         ' AS ' || NULLIF(pg_catalog.format_type(s.seqtypid, NULL), 'bigint'), s.seqstart,
         s.seqincrement, s.seqmin, s.seqmax, s.seqcache, CASE WHEN s.seqcycle THEN ' CYCLE' END)
FROM pg_catalog.pg_sequence s
JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
JOIN own n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::regclass
                                AND d.objid = c.oid AND d.deptype IN ('a', 'i')
                                AND d.refclassid = 'pg_catalog.pg_class'::regclass
WHERE d.objid IS NULL
  AND ('pg_catalog.pg_class'::regclass, c.oid) NOT IN (SELECT * FROM brought)
ORDER BY 3, 4, 2
