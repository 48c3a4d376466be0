-- Unique indexes over plain columns, also those that were left unfinished. $1 oids of the tables
SELECT i.indrelid AS table_oid, c.relname AS name, i.indisvalid AS is_valid,
       EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u')) AS is_constraint,
       ARRAY(SELECT a.attname::text FROM generate_series(0, i.indnkeyatts - 1) k
             JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k] ORDER BY k) AS columns
FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = ANY ($1::oid[]) AND i.indisunique AND NOT i.indisexclusion AND i.indpred IS NULL AND i.indexprs IS NULL
ORDER BY 1, 2
