SELECT r.name AS object, 'notice' AS severity, r.name AS relation, pg_relation_size(r.oid) AS weight,
       format('ALTER TABLE %s SET LOGGED;', r.quoted) AS fix,
       json_build_object('bytes', pg_relation_size(r.oid), 'estimated_rows', r.estimated_rows) AS evidence
FROM relation AS r WHERE r.relpersistence = 'u' AND r.relkind = 'r'
