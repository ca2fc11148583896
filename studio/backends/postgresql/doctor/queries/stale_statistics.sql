, analyzed AS (
  SELECT r.oid, r.name, r.quoted, r.reltuples, s.n_live_tup AS live, s.n_mod_since_analyze AS changed,
         greatest(s.last_analyze, s.last_autoanalyze) AS last
  FROM relation AS r
  JOIN pg_stat_all_tables AS s ON s.relid = r.oid
  WHERE r.relkind IN ('r', 'm')
)
-- Rows loaded and analyzed in one transaction are counted as changed since: the planner's own number of rows tells.
SELECT a.name AS object, CASE WHEN a.last IS NULL THEN 'warning' ELSE 'notice' END AS severity, a.name AS relation,
       a.live AS weight, format('ANALYZE %s;', a.quoted) AS fix,
       json_build_object('estimated_rows', a.live, 'estimated_changed', a.changed, 'last_analyze', a.last, 'planner_rows', a.reltuples) AS evidence
FROM analyzed AS a
WHERE a.live >= 10000 AND a.changed > greatest(1000, 0.5 * a.live)
  AND (a.last IS NULL OR a.last < now() - interval '1 day' OR abs(a.reltuples - a.live) > 0.2 * a.live)
