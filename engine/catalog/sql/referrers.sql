-- The foreign keys that refer to tables, or to their partitions and children. $1 oids of the tables
WITH RECURSIVE family (root, oid) AS (
  SELECT o, o FROM unnest($1::oid[]) o
  UNION
  SELECT f.root, i.inhrelid FROM family f JOIN pg_catalog.pg_inherits i ON i.inhparent = f.oid
)
SELECT f.root AS table_oid, n.nspname AS child_schema, t.relname AS child_name,
       pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(t.oid, 'SELECT') AS can_select,
       pg_catalog.row_security_active(t.oid) AS row_security,
       ARRAY(SELECT a.attname::text FROM unnest(c.conkey) WITH ORDINALITY k (number, position)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number ORDER BY k.position) AS child_columns,
       ARRAY(SELECT a.attname::text FROM unnest(c.confkey) WITH ORDINALITY k (number, position)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.number ORDER BY k.position) AS columns
FROM family f JOIN pg_catalog.pg_constraint c ON c.confrelid = f.oid
JOIN pg_catalog.pg_class t ON t.oid = c.conrelid
JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
WHERE c.contype = 'f' AND c.conparentid = 0
ORDER BY f.root, n.nspname, t.relname, c.conname
