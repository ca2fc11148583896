WITH RECURSIVE needed (oid) AS (
    SELECT a.atttypid
    FROM pg_catalog.pg_attribute AS a
    JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = %(schema)s AND c.relname = %(relation)s AND a.attname = %(column)s
        AND a.attnum > 0 AND NOT a.attisdropped
    UNION
    SELECT inner_type.oid
    FROM needed
    JOIN pg_catalog.pg_type AS t ON t.oid = needed.oid
    CROSS JOIN LATERAL (
        SELECT t.typelem WHERE t.typcategory = 'A' AND t.typelem <> 0
        UNION ALL
        SELECT t.typbasetype WHERE t.typtype = 'd'
        UNION ALL
        SELECT f.atttypid
        FROM pg_catalog.pg_attribute AS f
        WHERE t.typtype = 'c' AND f.attrelid = t.typrelid AND f.attnum > 0 AND NOT f.attisdropped
    ) AS inner_type (oid)
)

SELECT
    t.oid::text AS oid,
    t.typname AS name,
    t.typtype::text AS class,
    CASE WHEN t.typcategory = 'A' AND t.typtype <> 'd' THEN t.typelem ELSE 0 END::text AS element,
    coalesce(e.typdelim, ',')::text AS delimiter,
    t.typbasetype::text AS base,
    f.name AS field,
    f.type::text AS field_type
FROM (SELECT oid, row_number() OVER () AS place FROM needed) AS found
JOIN pg_catalog.pg_type AS t ON t.oid = found.oid
LEFT JOIN pg_catalog.pg_type AS e ON e.oid = t.typelem
LEFT JOIN LATERAL (
    SELECT a.attname AS name, a.atttypid AS type, a.attnum AS place
    FROM pg_catalog.pg_attribute AS a
    WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
) AS f ON TRUE
ORDER BY found.place, f.place
