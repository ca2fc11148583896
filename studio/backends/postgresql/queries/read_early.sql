-- Names without which no literal of a text becomes a value of a domain whose check may act, inside
-- an array or a row: the server would run that check while it reads the text.
WITH RECURSIVE acting (id) AS (
    SELECT DISTINCT k.contypid
    FROM pg_constraint k
    CROSS JOIN LATERAL regexp_matches(k.conbin::text, ':(?:func|opfunc)id ([0-9]+)', 'g') found
    JOIN pg_proc p ON p.oid = found[1]::oid
    WHERE k.contypid <> 0 AND k.contype = 'c'
      AND (p.proname = ANY (current_setting('studio.run_sql')::text[])
           OR p.provolatile = 'v' AND NOT (
               p.oid < 16384 AND p.proname = ANY (current_setting('studio.built_in')::text[])))
), dependent (class, id) AS (
    SELECT 'pg_type'::regclass::oid, id FROM acting
    UNION
    SELECT d.classid, d.objid
    FROM dependent r
    JOIN pg_depend d ON d.refclassid = r.class AND d.refobjid = r.id
    WHERE d.classid IN ('pg_type'::regclass, 'pg_class'::regclass, 'pg_proc'::regclass,
                        'pg_operator'::regclass)
)
SELECT t.typname AS name FROM dependent r JOIN pg_type t ON t.oid = r.id
WHERE r.class = 'pg_type'::regclass
UNION
SELECT c.relname FROM dependent r JOIN pg_class c ON c.oid = r.id
WHERE r.class = 'pg_class'::regclass
UNION
SELECT p.proname FROM dependent r JOIN pg_proc p ON p.oid = r.id
WHERE r.class = 'pg_proc'::regclass
UNION
SELECT o.oprname FROM dependent r JOIN pg_operator o ON o.oid = r.id
WHERE r.class = 'pg_operator'::regclass
