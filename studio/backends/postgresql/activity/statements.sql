-- What pg_stat_statements counted in this database; {view} is the view, qualified by its extension's schema.
SELECT s.query AS query, pg_catalog.pg_get_userbyid(s.userid) AS role, s.calls AS calls,
       s.total_exec_time AS total_ms, s.mean_exec_time AS mean_ms, s.rows AS rows, s.shared_blks_hit AS blocks_hit,
       s.shared_blks_read + s.shared_blks_written + s.local_blks_read + s.local_blks_written
           + s.temp_blks_read + s.temp_blks_written AS blocks_moved,
       CASE WHEN pg_catalog.current_setting('track_io_timing')::boolean
            THEN s.blk_read_time + s.blk_write_time END AS io_ms,
       sum(s.total_exec_time) OVER () AS all_ms, count(*) OVER () AS counted
FROM {view} AS s
WHERE s.dbid = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
ORDER BY CASE %(order)s WHEN 'total' THEN s.total_exec_time WHEN 'mean' THEN s.mean_exec_time
              ELSE s.shared_blks_read + s.shared_blks_written + s.local_blks_read + s.local_blks_written
                   + s.temp_blks_read + s.temp_blks_written END DESC NULLS LAST, s.queryid
LIMIT %(limit)s
