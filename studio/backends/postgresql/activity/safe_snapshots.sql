-- Who waits for a snapshot that no writer can spoil (DEFERRABLE): such a wait is in no lock.
SELECT s.pid, pg_catalog.array_to_string(pg_catalog.pg_safe_snapshot_blocking_pids(s.pid), ',') AS blockers
  FROM pg_catalog.unnest(%(pids)s::int[]) AS s (pid)
