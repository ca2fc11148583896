, dated AS (
  SELECT r.oid, r.name, r.quoted, a.attname
  FROM relation AS r
  JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
  WHERE r.relkind IN ('r', 'p') AND NOT r.relispartition
    AND a.attname ~* '^(updated|modified|changed|last_?modified|last_?updated)_?(at|on|time|date)?$'
    AND a.atttypid IN ('timestamptz'::regtype, 'timestamp'::regtype, 'int8'::regtype, 'date'::regtype)
), trigger AS (
  -- Row, BEFORE, UPDATE: bits 1, 2 and 16 (src/include/catalog/pg_trigger.h).
  SELECT t.tgrelid, t.tgfoid, t.tgname, p.prosrc, t.tgfoid::regproc::text ~* 'moddatetime' AS by_module
  FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid
  WHERE NOT t.tgisinternal AND (t.tgtype & 19) = 19
), keeper AS (
  SELECT d.attname, t.tgfoid, t.by_module, min(t.tgname::text) AS tgname, count(DISTINCT d.oid) AS tables
  FROM dated AS d JOIN trigger AS t ON t.tgrelid = d.oid
  WHERE t.by_module OR t.prosrc ~* ('new\.\s*"?' || d.attname || '"?\s*(:=|=)')
  GROUP BY d.attname, t.tgfoid, t.by_module
), usual AS (
  SELECT DISTINCT ON (attname) * FROM keeper ORDER BY attname, tables DESC, tgfoid
)
SELECT format('%s.%s', d.name, d.attname) AS object, 'notice' AS severity, d.name AS relation, 0 AS weight,
       format('CREATE TRIGGER %I BEFORE UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION %s(%s);', u.tgname, d.quoted, u.tgfoid::regproc,
         CASE WHEN u.by_module THEN quote_literal(d.attname) ELSE '' END) AS fix,
       json_build_object('siblings_with', u.tables, 'function', u.tgfoid::regprocedure::text) AS evidence
FROM dated AS d
JOIN usual AS u ON u.attname = d.attname AND u.tables >= 2
WHERE NOT EXISTS (
  SELECT FROM trigger AS t
  WHERE t.tgrelid = d.oid
    AND (t.prosrc ~* d.attname OR t.tgfoid IN (SELECT k.tgfoid FROM keeper AS k WHERE k.attname = d.attname))
)
