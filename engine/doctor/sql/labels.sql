-- The words that columns of an enum know. $1 oids of the tables
SELECT a.attrelid AS table_oid, a.attname AS column, array_agg(e.enumlabel::text ORDER BY e.enumsortorder) AS labels
FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_enum e ON e.enumtypid = a.atttypid
WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped GROUP BY 1, 2 ORDER BY 1, 2
