-- What every check begins with: the relations worth looking at. Nothing of the system, of a session, or of an extension.
WITH relation AS (
  SELECT c.oid, n.nspname, c.relname, format('%s.%s', n.nspname, c.relname) AS name,
         format('%I.%I', n.nspname, c.relname) AS quoted, c.relkind, c.relispartition, c.relowner, c.relacl,
         c.reltuples, c.relpages, c.reloptions, c.reltoastrelid, c.relpersistence, c.relreplident, c.relrowsecurity,
         c.relforcerowsecurity, c.relfrozenxid, c.relam
  FROM pg_class AS c
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'm', 'v', 'f', 'S')
    AND c.relpersistence <> 't'
    AND n.nspname <> 'information_schema'
    AND n.nspname !~ '^pg_(catalog|toast|temp_|toast_temp_)'
    AND NOT EXISTS (
      SELECT FROM pg_depend AS d
      WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
    )
)
