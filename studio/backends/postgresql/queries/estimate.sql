-- Rows as the planner guesses them: the density ANALYZE saw, times the pages there are now. Leaves
-- of a partitioned table one by one. NULL tuples: never analyzed.
WITH leaves AS (
  SELECT %(oid)s::oid AS oid
  UNION
  SELECT t.relid FROM pg_catalog.pg_partition_tree(%(oid)s::oid) t WHERE t.isleaf
)
SELECT c.relkind AS kind,
       c.relhassubclass AS has_children,
       c.reltuples AS tuples,
       c.relpages AS pages,
       CASE WHEN c.relkind IN ('r', 'm', 't') THEN pg_catalog.pg_relation_size(c.oid)
              / pg_catalog.current_setting('block_size')::bigint END AS pages_now
FROM leaves
JOIN pg_catalog.pg_class c ON c.oid = leaves.oid
