, used AS (
  SELECT d.objid AS sequence, d.refobjid AS relid, d.refobjsubid AS number
  FROM pg_depend AS d
  WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
  UNION
  SELECT d.refobjid, ad.adrelid, ad.adnum
  FROM pg_depend AS d JOIN pg_attrdef AS ad ON d.classid = 'pg_attrdef'::regclass AND d.objid = ad.oid
  WHERE d.refclassid = 'pg_class'::regclass
), counted AS (
  SELECT DISTINCT ON (s.seqrelid) s.seqrelid, s.seqcycle, c.nspname, c.relname, r.name AS relation, r.quoted, a.attname,
         format_type(a.atttypid, NULL) AS type,
         least(s.seqmax, CASE a.atttypid WHEN 'int2'::regtype THEN 32767 WHEN 'int4'::regtype THEN 2147483647 ELSE s.seqmax END) AS top,
         CASE WHEN has_sequence_privilege(s.seqrelid, 'USAGE, SELECT') THEN pg_sequence_last_value(s.seqrelid) END AS last
  FROM pg_sequence AS s
  JOIN relation AS c ON c.oid = s.seqrelid
  LEFT JOIN used AS u ON u.sequence = s.seqrelid
  LEFT JOIN relation AS r ON r.oid = u.relid
  LEFT JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum = u.number
  WHERE s.seqincrement > 0
  ORDER BY s.seqrelid, CASE a.atttypid WHEN 'int2'::regtype THEN 1 WHEN 'int4'::regtype THEN 2 ELSE 3 END
)
SELECT CASE WHEN c.attname IS NULL THEN format('%s.%s', c.nspname, c.relname) ELSE format('%s.%s', c.relation, c.attname) END AS object,
       CASE WHEN c.last::numeric / c.top >= 0.9 THEN 'error' ELSE 'warning' END AS severity,
       coalesce(c.relation, '') AS relation, c.last::numeric / c.top AS weight,
       CASE WHEN c.type IN ('smallint', 'integer')
            THEN format(E'ALTER TABLE %s ALTER COLUMN %I TYPE bigint;\nALTER SEQUENCE %I.%I AS bigint;', c.quoted, c.attname, c.nspname, c.relname)
            ELSE '' END AS fix,
       json_build_object('sequence', format('%s.%s', c.nspname, c.relname), 'last', c.last, 'max', c.top,
         'used', round(c.last::numeric / c.top, 4), 'column_type', c.type) AS evidence
FROM counted AS c
WHERE c.top > 0 AND NOT (c.seqcycle AND c.attname IS NULL) AND c.last::numeric / c.top >= 0.7
