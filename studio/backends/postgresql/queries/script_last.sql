-- What is said once everything stands: indexes of partitions joined to their parent's, policies,
-- rules, and statistics over several columns.
SELECT 1 AS rank, pi.relname AS name,
       pg_catalog.format('ALTER INDEX %s ATTACH PARTITION %s', h.inhparent::pg_catalog.regclass,
                         h.inhrelid::pg_catalog.regclass) AS sql
FROM pg_catalog.pg_inherits h
JOIN pg_catalog.pg_class pi ON pi.oid = h.inhrelid AND pi.relkind IN ('i', 'I')
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = h.inhrelid
                                                           AND k.contype IN ('p', 'u', 'x'))
UNION ALL
SELECT 2, r.rulename, pg_catalog.rtrim(pg_catalog.pg_get_ruledef(r.oid), ';')
FROM pg_catalog.pg_rewrite r
WHERE r.rulename <> '_RETURN' AND r.oid >= 16384
UNION ALL
SELECT 3, s.stxname, pg_catalog.pg_get_statisticsobjdef(s.oid)
FROM pg_catalog.pg_statistic_ext s
UNION ALL
SELECT 4, p.polname,
       pg_catalog.format('CREATE POLICY %I ON %s%s%s TO %s%s%s', p.polname,
         p.polrelid::pg_catalog.regclass,
         CASE WHEN NOT p.polpermissive THEN ' AS RESTRICTIVE' END,
         CASE p.polcmd WHEN 'r' THEN ' FOR SELECT' WHEN 'a' THEN ' FOR INSERT'
                       WHEN 'w' THEN ' FOR UPDATE' WHEN 'd' THEN ' FOR DELETE' END,
         CASE WHEN p.polroles = '{0}' THEN 'PUBLIC' ELSE (
           SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.rolname), ', ' ORDER BY a.rolname)
           FROM pg_catalog.pg_roles a WHERE a.oid = ANY (p.polroles)) END,
         ' USING (' || pg_catalog.pg_get_expr(p.polqual, p.polrelid) || ')',
         ' WITH CHECK (' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) || ')')
FROM pg_catalog.pg_policy p
ORDER BY 1, 2, 3
