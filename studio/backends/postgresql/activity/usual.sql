-- How long statements take in the mean, by the number that sessions carry too; {view} is pg_stat_statements.
SELECT s.queryid AS id, sum(s.total_exec_time) / nullif(sum(s.calls), 0) AS mean_ms
FROM {view} AS s
WHERE s.dbid = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
  AND s.queryid = ANY (%(ids)s::bigint[])
GROUP BY s.queryid
-- What it took once is nothing usual.
HAVING sum(s.calls) >= 2
