-- One row a relation, with what its DDL needs. Sizes and expressions wait for a table's lock, so
-- when everything is read, what is locked exclusively is left out; a single one may wait.
WITH locked AS MATERIALIZED (
  SELECT l.relation
  FROM pg_catalog.pg_locks l
  WHERE %(oid)s::oid IS NULL AND l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock'
    AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
)
SELECT c.oid,
       n.nspname AS schema,
       c.relname AS name,
       c.relkind AS kind,
       c.relpersistence AS persistence,
       c.relispartition AS is_partition,
       CASE WHEN c.reltuples >= 0 AND (c.relpages > 0
              OR pg_catalog.current_setting('server_version_num')::integer >= 140000)
            THEN c.reltuples END AS tuples,
       CASE WHEN c.relkind IN ('r', 'm', 't', 'S')
             AND c.oid NOT IN (SELECT relation FROM locked)
            THEN pg_catalog.pg_table_size(c.oid) END AS bytes,
       c.oid IN (SELECT relation FROM locked) AS is_locked,
       d.description AS comment,
       CASE WHEN c.relkind = 'p' AND c.oid NOT IN (SELECT relation FROM locked)
            THEN pg_catalog.pg_get_partkeydef(c.oid) END AS partition_key,
       CASE WHEN c.relispartition AND c.oid NOT IN (SELECT relation FROM locked)
            THEN pg_catalog.pg_get_expr(c.relpartbound, c.oid) END AS partition_bound,
       pg_catalog.array_to_json(c.reloptions) AS options,
       c.relrowsecurity AS row_security,
       CASE WHEN c.relhassubclass
            THEN EXISTS (SELECT FROM pg_catalog.pg_inherits h WHERE h.inhparent = c.oid)
            END AS has_children,
       a.amname AS method,
       t.spcname AS tablespace,
       s.srvname AS server,
       (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(pn.nspname, p.relname)
                                   ORDER BY i.inhseqno)
        FROM pg_catalog.pg_inherits i
        JOIN pg_catalog.pg_class p ON p.oid = i.inhparent
        JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
        WHERE i.inhrelid = c.oid) AS parents,
       CASE WHEN c.relhasrules
            THEN (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
                           r.rulename, r.ev_type, r.is_instead) ORDER BY r.rulename)
                  FROM pg_catalog.pg_rewrite r
                  WHERE r.ev_class = c.oid AND r.rulename <> '_RETURN' AND r.ev_type <> '1'
                    AND r.ev_enabled IN ('O', 'A')) END AS rules,
       CASE WHEN c.relkind <> 'S'
            THEN pg_catalog.has_table_privilege(c.oid, 'SELECT')
              OR pg_catalog.has_any_column_privilege(c.oid, 'SELECT') END AS readable,
       CASE WHEN c.relkind <> 'S' THEN pg_catalog.concat_ws(',',
         CASE WHEN NOT pg_catalog.has_any_column_privilege(c.oid, 'INSERT') THEN 'INSERT' END,
         CASE WHEN NOT pg_catalog.has_any_column_privilege(c.oid, 'UPDATE') THEN 'UPDATE' END,
         CASE WHEN NOT pg_catalog.has_table_privilege(c.oid, 'DELETE') THEN 'DELETE' END)
         END AS refused,
       c.relrowsecurity AND pg_catalog.row_security_active(c.oid) AS is_policed
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_description d ON d.objoid = c.oid AND d.objsubid = 0
                                     AND d.classoid = 'pg_catalog.pg_class'::regclass
LEFT JOIN pg_catalog.pg_am a ON a.oid = c.relam
LEFT JOIN pg_catalog.pg_tablespace t ON t.oid = c.reltablespace
LEFT JOIN pg_catalog.pg_foreign_table f ON f.ftrelid = c.oid
LEFT JOIN pg_catalog.pg_foreign_server s ON s.oid = f.ftserver
WHERE (c.oid = %(oid)s::oid)
   OR (%(oid)s::oid IS NULL
       AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
       AND n.nspname !~ '^pg_toast'
       AND (n.nspname !~ '^pg_temp_' OR n.oid = pg_catalog.pg_my_temp_schema()))
