SELECT pg_catalog.format(E'CREATE SEQUENCE %%I.%%I AS %%s\n  START WITH %%s\n  INCREMENT BY %%s\n'
                         '  MINVALUE %%s\n  MAXVALUE %%s\n  CACHE %%s%%s%%s', n.nspname, c.relname,
         pg_catalog.format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmin, s.seqmax,
         s.seqcache, CASE WHEN s.seqcycle THEN E'\n  CYCLE' END, (
           SELECT pg_catalog.format(E'\n  OWNED BY %%I.%%I.%%I', tn.nspname, t.relname, a.attname)
           FROM pg_catalog.pg_depend d
           JOIN pg_catalog.pg_class t ON t.oid = d.refobjid
           JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
           JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
           WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid
             AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.deptype IN ('a', 'i')
           LIMIT 1)) AS sql
FROM pg_catalog.pg_sequence s
JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE s.seqrelid = %(oid)s::oid
