-- last_value is NULL for a sequence never used, and for one this user may not read. A sequence is
-- owned by the column it numbers: as its identity (i) or as a serial's default (a).
SELECT n.nspname AS schema,
       c.relname AS name,
       CASE WHEN pg_catalog.has_sequence_privilege(c.oid, 'SELECT, USAGE')
            THEN pg_catalog.pg_sequence_last_value(c.oid::regclass) END AS last_value,
       pg_catalog.format_type(s.seqtypid, NULL) AS type_name,
       s.seqstart AS start,
       s.seqincrement AS increment,
       s.seqcycle AS cycle,
       d.deptype AS owned_as,
       d.refobjid AS relation,
       d.refobjsubid AS number,
       pg_catalog.json_build_array(tn.nspname, t.relname, a.attname) AS owner
FROM pg_catalog.pg_sequence s
JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::regclass
                                AND d.objid = c.oid AND d.deptype IN ('a', 'i')
                                AND d.refclassid = 'pg_catalog.pg_class'::regclass
LEFT JOIN pg_catalog.pg_class t ON t.oid = d.refobjid
LEFT JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
WHERE (d.refobjid = %(oid)s::oid)
   OR (%(oid)s::oid IS NULL
       AND (n.nspname !~ '^pg_temp_' OR n.oid = pg_catalog.pg_my_temp_schema()))
ORDER BY n.nspname, c.relname
