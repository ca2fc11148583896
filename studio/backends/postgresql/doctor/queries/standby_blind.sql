SELECT 'each node counts its own scans, and this is a standby' AS why, 'look on every node' AS opens
WHERE pg_is_in_recovery()
