SELECT r.name AS object, 'notice' AS severity, r.name AS relation, pg_relation_size(r.oid) AS weight, '' AS fix,
       json_build_object('estimated_rows', s.n_live_tup, 'bytes', pg_relation_size(r.oid), 'seq_scans', s.seq_scan,
         'index_scans', coalesce(s.idx_scan, 0), 'rows_per_seq_scan', s.seq_tup_read / s.seq_scan) AS evidence
FROM relation AS r
JOIN pg_stat_all_tables AS s ON s.relid = r.oid
WHERE s.seq_scan >= 50 AND s.n_live_tup >= 10000 AND s.seq_tup_read / s.seq_scan > 5000
  AND s.seq_scan > coalesce(s.idx_scan, 0) AND pg_relation_size(r.oid) > 8388608
