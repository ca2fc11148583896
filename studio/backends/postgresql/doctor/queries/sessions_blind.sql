SELECT format('%s sessions of others are hidden from this role', count(*)) AS why, 'GRANT pg_read_all_stats' AS opens
FROM pg_stat_activity AS a
WHERE a.backend_type IS NULL AND NOT pg_has_role(current_user, 'pg_read_all_stats', 'USAGE')
HAVING count(*) > 0
