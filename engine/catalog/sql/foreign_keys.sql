-- Foreign keys of tables. $1 oids of the tables
SELECT f.conrelid AS table_oid, f.conname AS name, n.nspname AS parent_schema, p.relname AS parent_name,
       f.condeferrable AS deferrable,
       ARRAY(SELECT a.attname::text FROM unnest(f.conkey) WITH ORDINALITY k (number, position)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.number ORDER BY k.position) AS columns
FROM pg_catalog.pg_constraint f
JOIN pg_catalog.pg_class p ON p.oid = f.confrelid
JOIN pg_catalog.pg_namespace n ON n.oid = p.relnamespace
WHERE f.contype = 'f' AND f.conparentid = 0 AND f.conrelid = ANY ($1::oid[])
ORDER BY f.conrelid, f.conname
