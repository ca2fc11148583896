, used AS (
  SELECT d.objid AS sequence, d.refobjid AS relid, d.refobjsubid AS number
  FROM pg_depend AS d
  WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
  UNION
  SELECT d.refobjid, ad.adrelid, ad.adnum
  FROM pg_depend AS d JOIN pg_attrdef AS ad ON d.classid = 'pg_attrdef'::regclass AND d.objid = ad.oid
  WHERE d.refclassid = 'pg_class'::regclass
), counted AS (
  SELECT DISTINCT ON (s.seqrelid) s.*, c.nspname, c.relname, r.name AS relation, r.quoted, a.attname,
         format_type(a.atttypid, NULL) AS type,
         CASE a.atttypid WHEN 'int2'::regtype THEN 32767 WHEN 'int4'::regtype THEN 2147483647 ELSE 9223372036854775807 END AS top,
         CASE WHEN has_sequence_privilege(s.seqrelid, 'USAGE, SELECT') THEN pg_sequence_last_value(s.seqrelid) END AS last
  FROM pg_sequence AS s
  JOIN relation AS c ON c.oid = s.seqrelid
  LEFT JOIN used AS u ON u.sequence = s.seqrelid
  LEFT JOIN relation AS r ON r.oid = u.relid
  LEFT JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum = u.number
  ORDER BY s.seqrelid, CASE a.atttypid WHEN 'int2'::regtype THEN 1 WHEN 'int4'::regtype THEN 2 ELSE 3 END
), bounded AS (
  -- From its start it goes up or down; one that has cycled goes from its other bound.
  SELECT c.*, CASE WHEN seqincrement > 0 THEN least(seqmax, top)::numeric ELSE greatest(seqmin, -top - 1) END AS bound,
         CASE WHEN seqincrement > 0 THEN seqmax < top ELSE seqmin > -top - 1 END AS is_own,
         CASE WHEN sign(last - seqstart) = -sign(seqincrement)
              THEN CASE WHEN seqincrement > 0 THEN seqmin ELSE seqmax END ELSE seqstart END::numeric AS first
  FROM counted AS c
), ranged AS (
  SELECT b.*, floor((last - first) / seqincrement) + 1 AS taken, floor((bound - first) / seqincrement) + 1 AS numbers
  FROM bounded AS b
)
SELECT CASE WHEN c.attname IS NULL THEN format('%s.%s', c.nspname, c.relname) ELSE format('%s.%s', c.relation, c.attname) END AS object,
       CASE WHEN c.taken / c.numbers >= 0.9 THEN 'error' ELSE 'warning' END AS severity,
       coalesce(c.relation, '') AS relation, c.taken / c.numbers AS weight,
       CASE WHEN c.is_own AND c.bound NOT IN (32767, -32768, 2147483647, -2147483648)
            THEN format('ALTER SEQUENCE %I.%I %s;', c.nspname, c.relname,
              CASE WHEN c.seqincrement > 0 THEN 'NO MAXVALUE' ELSE 'NO MINVALUE' END)
            WHEN c.is_own THEN format('ALTER SEQUENCE %I.%I AS bigint;', c.nspname, c.relname)
            WHEN c.type IN ('smallint', 'integer')
            THEN format(E'ALTER TABLE %s ALTER COLUMN %I TYPE bigint;\nALTER SEQUENCE %I.%I AS bigint;', c.quoted, c.attname, c.nspname, c.relname)
            ELSE '' END AS fix,
       CASE WHEN c.is_own THEN 'changes the catalog alone; the bound may be meant' END AS cost,
       json_build_object('sequence', format('%s.%s', c.nspname, c.relname), 'last', c.last, 'end', c.bound::bigint, 'taken', c.taken::bigint,
         'numbers', c.numbers, 'left', greatest(c.numbers - c.taken, 0)::bigint, 'used', round(c.taken / c.numbers, 4), 'column_type', c.type,
         'then', CASE WHEN c.seqcycle AND c.is_own THEN format('it begins again at %s, and INSERT fails where that number is taken', CASE WHEN c.seqincrement > 0 THEN c.seqmin ELSE c.seqmax END)
                      ELSE 'INSERT fails' END) AS evidence
FROM ranged AS c
WHERE c.numbers > 0 AND NOT (c.seqcycle AND c.attname IS NULL) AND c.taken / c.numbers >= 0.7
