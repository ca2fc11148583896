, counted AS (
  SELECT r.nspname, count(*) AS tables FROM relation AS r WHERE r.relkind IN ('r', 'p') AND NOT r.relispartition GROUP BY r.nspname
)
SELECT r.name AS object, 'notice' AS severity, r.name AS relation, 0 AS weight,
       format('ALTER TABLE %s SET SCHEMA %I;', r.quoted,
         (SELECT nspname FROM counted WHERE nspname <> 'public' ORDER BY tables DESC, nspname LIMIT 1)) AS fix,
       json_build_object('schemas', (SELECT json_object_agg(nspname, tables) FROM counted)) AS evidence
FROM relation AS r
WHERE r.nspname = 'public' AND r.relkind IN ('r', 'p') AND NOT r.relispartition
  AND r.relname !~* '(migration|version|changelog|history)'
  AND (SELECT count(*) FROM counted WHERE nspname <> 'public' AND tables >= 2) >= 2
  AND (SELECT sum(tables) FROM counted WHERE nspname = 'public') <= 0.2 * (SELECT sum(tables) FROM counted)
