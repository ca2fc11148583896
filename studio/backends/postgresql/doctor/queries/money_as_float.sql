SELECT format('%s.%s', r.name, a.attname) AS object, 'warning' AS severity, r.name AS relation, pg_relation_size(r.oid) AS weight,
       format('ALTER TABLE %s ALTER COLUMN %I TYPE numeric(12,2) USING round(%I::numeric, 2);', r.quoted, a.attname, a.attname) AS fix,
       json_build_object('type', format_type(a.atttypid, a.atttypmod)) AS evidence
FROM relation AS r
JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE r.relkind IN ('r', 'p') AND NOT r.relispartition AND a.atttypid IN ('float4'::regtype, 'float8'::regtype)
  AND regexp_replace(a.attname, '([a-z0-9])([A-Z])', '\1_\2', 'g') ~* '(^|_)(price|amount|cost|total|subtotal|balance|fee|fees|salary|wage|tax|vat|discount|refund|payment|revenue|charge|credit|debit|deposit|invoice_total|tip)(_(usd|eur|gbp|net|gross|paid|due|incl|excl|before|after|tax|amount|price|total|value|currency))*$'
