-- One view a question: printing it locks the tables it reads until the statement ends, and many
-- such locks at once could deadlock with somebody's ALTER TABLE.
SELECT pg_catalog.pg_get_viewdef(%(oid)s::oid, true) AS definition
