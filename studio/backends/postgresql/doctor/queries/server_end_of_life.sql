SELECT 'server' AS object, 'notice' AS severity, '' AS relation, 0 AS weight, '' AS fix,
       json_build_object('version', current_setting('server_version'), 'supported_until', e.until) AS evidence
FROM (VALUES (13, date '2025-11-13'), (14, date '2026-11-12'), (15, date '2027-11-11'), (16, date '2028-11-09'),
             (17, date '2029-11-08'), (18, date '2030-11-14')) AS e (major, until)
WHERE e.major = current_setting('server_version_num')::int / 10000 AND e.until < current_date
