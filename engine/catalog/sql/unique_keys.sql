-- Unique indexes that identify rows: valid, immediate, without predicate or expression. One WITHOUT OVERLAPS (PostgreSQL
-- 18) excludes ranges and cannot be named in ON CONFLICT. $1 oids of the tables
SELECT i.indrelid AS table_oid, c.relname AS name, i.indisprimary AS is_primary,
       ARRAY(SELECT a.attname::text FROM generate_series(0, i.indnkeyatts - 1) k
             JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k] ORDER BY k) AS columns
FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = ANY ($1::oid[]) AND i.indisunique AND NOT i.indisexclusion AND i.indimmediate AND i.indisvalid
  AND i.indpred IS NULL AND i.indexprs IS NULL
ORDER BY i.indrelid, i.indisprimary DESC, c.relname
