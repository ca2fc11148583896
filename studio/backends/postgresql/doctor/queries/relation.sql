-- What every check begins with: the relations worth looking at. Nothing of the system, of a session, or of an extension.
WITH relation AS (
  SELECT c.oid, n.nspname, c.relname, format('%s.%s', n.nspname, c.relname) AS name,
         format('%I.%I', n.nspname, c.relname) AS quoted, c.relkind, c.relispartition, c.relowner, c.relacl,
         c.reltuples, c.relpages,
         -- Rows by the last ANALYZE or VACUUM; NULL: there was none. Before 14 that is 0, which may be meant.
         CASE WHEN c.relkind IN ('r', 'm') AND c.reltuples <= 0 AND pg_relation_size(c.oid) = 0 THEN 0
              WHEN c.reltuples > 0 OR (c.reltuples = 0 AND c.relpages > 0) THEN c.reltuples::bigint END AS estimated_rows,
         c.reloptions, c.reltoastrelid, c.relpersistence, c.relreplident, c.relrowsecurity,
         c.relforcerowsecurity, c.relfrozenxid, c.relam
  FROM pg_class AS c
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'm', 'v', 'f', 'S')
    AND c.relpersistence <> 't'
    -- What is locked, once that is known.
    AND c.oid <> ALL ('{}'::oid[])
    AND n.nspname <> 'information_schema'
    AND n.nspname !~ '^pg_(catalog|toast|temp_|toast_temp_)'
    AND NOT EXISTS (
      SELECT FROM pg_depend AS d
      WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
    )
)
, orphan AS (
  -- The condition for rows of a foreign key's table that reference nothing. Each SELECT in it names columns of its own
  -- table alone: no name can be taken for one of the other, whatever the tables are called where it is put.
  SELECT k.oid AS key,
         format('(%s) IN (SELECT %s FROM %I.%I WHERE %s EXCEPT SELECT %s FROM %I.%I)', listed.mine, listed.mine,
                cn.nspname, c.relname, listed.given, listed.theirs, pn.nspname, p.relname)
         -- MATCH FULL: all of them, or none.
         || CASE WHEN k.confmatchtype = 'f' AND cardinality(k.conkey) > 1
                 THEN format(' OR num_nulls(%s) BETWEEN 1 AND %s', listed.mine, cardinality(k.conkey) - 1)
                 ELSE '' END AS rows
  FROM pg_constraint AS k
  JOIN pg_class AS c ON c.oid = k.conrelid
  JOIN pg_namespace AS cn ON cn.oid = c.relnamespace
  JOIN pg_class AS p ON p.oid = k.confrelid
  JOIN pg_namespace AS pn ON pn.oid = p.relnamespace
  CROSS JOIN LATERAL (
    SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY u.place) AS mine,
           string_agg(quote_ident(b.attname), ', ' ORDER BY u.place) AS theirs,
           string_agg(format('%I IS NOT NULL', a.attname), ' AND ' ORDER BY u.place) AS given
    FROM unnest(k.conkey, k.confkey) WITH ORDINALITY AS u (number, target, place)
    JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.number
    JOIN pg_attribute AS b ON b.attrelid = k.confrelid AND b.attnum = u.target
  ) AS listed
  WHERE k.contype = 'f' AND coalesce(to_jsonb(k) ->> 'conperiod', 'false') = 'false'
)
