-- What the server counted of one relation; no row where it counts nothing.
SELECT s.n_live_tup AS live,
       s.n_dead_tup AS dead,
       extract(epoch FROM greatest(s.last_vacuum, s.last_autovacuum)) AS vacuumed,
       extract(epoch FROM greatest(s.last_analyze, s.last_autoanalyze)) AS analyzed,
       extract(epoch FROM (SELECT d.stats_reset FROM pg_catalog.pg_stat_database d
                           WHERE d.datname = pg_catalog.current_database())) AS since
FROM pg_catalog.pg_stat_all_tables s
WHERE s.relid = %(oid)s::oid
