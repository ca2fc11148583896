, clients AS (
  SELECT count(*) AS clients, count(*) FILTER (WHERE state = 'idle') AS idle,
         current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS most
  FROM pg_stat_activity WHERE backend_type IN ('client backend', 'walsender')
)
SELECT 'server' AS object, 'warning' AS severity, '' AS relation, clients AS weight, '' AS fix,
       json_build_object('clients', clients, 'limit', most, 'idle', idle) AS evidence
FROM clients WHERE clients >= 0.85 * most
