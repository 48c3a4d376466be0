-- CHECK constraints that hold for new rows. $1 oids of the tables
SELECT c.conrelid AS table_oid, c.conname AS name, pg_catalog.pg_get_expr(c.conbin, c.conrelid) AS expression,
       ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a
             WHERE a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey) ORDER BY a.attnum) AS columns
FROM pg_catalog.pg_constraint c
WHERE c.conrelid = ANY ($1::oid[]) AND c.contype = 'c' AND c.conbin IS NOT NULL
  AND pg_catalog.to_jsonb(c) ->> 'conenforced' IS DISTINCT FROM 'false'
ORDER BY 1, 2
