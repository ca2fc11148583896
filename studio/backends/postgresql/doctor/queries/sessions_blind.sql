SELECT format('%s session%s of others %s hidden from this role', count(*),
              CASE count(*) WHEN 1 THEN '' ELSE 's' END, CASE count(*) WHEN 1 THEN 'is' ELSE 'are' END) AS why, 'GRANT pg_read_all_stats' AS opens
FROM pg_stat_activity AS a
WHERE a.backend_type IS NULL
  -- The server's own processes are in no database and hold nothing back.
  AND (a.datid IS NOT NULL OR a.pid IN (SELECT r.pid FROM pg_stat_replication AS r))
  AND NOT pg_has_role(current_user, 'pg_read_all_stats', 'USAGE')
HAVING count(*) > 0
