-- Foreign keys of tables and of their partitions. Where a key refers to a partition, the tables above it count as
-- parents too. $1 oids of the tables
WITH RECURSIVE family (root, oid) AS (
  SELECT o, o FROM unnest($1::oid[]) o
  UNION
  SELECT f.root, i.inhrelid FROM family f JOIN pg_catalog.pg_inherits i ON i.inhparent = f.oid
), reference AS (
  SELECT f.root, c.oid AS constraint_oid, c.conname, c.conrelid, c.conkey, c.confkey, c.condeferrable, c.confrelid,
         c.convalidated AS validated,
         -- columns of newer versions: NOT ENFORCED, and PERIOD, which asks for more than equality
         pg_catalog.to_jsonb(c) ->> 'conenforced' IS DISTINCT FROM 'false'
           AND pg_catalog.to_jsonb(c) ->> 'conperiod' IS DISTINCT FROM 'true' AS enforced
  FROM family f JOIN pg_catalog.pg_constraint c ON c.conrelid = f.oid
  WHERE c.contype = 'f' AND c.conparentid = 0
), parent (constraint_oid, oid) AS (
  SELECT constraint_oid, confrelid FROM reference
  UNION
  SELECT p.constraint_oid, i.inhparent FROM parent p JOIN pg_catalog.pg_inherits i ON i.inhrelid = p.oid
)
SELECT r.root AS table_oid, r.conname AS name, n.nspname AS parent_schema, t.relname AS parent_name,
       r.condeferrable AS deferrable, r.conrelid = r.root AND r.confrelid = p.oid AS of_all_rows,
       p.oid <> r.confrelid AS indirect, r.enforced, r.validated,
       pg_catalog.has_table_privilege(t.oid, 'SELECT') AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
       AND NOT pg_catalog.row_security_active(t.oid) AS can_see_parent,
       ARRAY(SELECT a.attname::text FROM unnest(r.confkey) WITH ORDINALITY k (number, position)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = r.confrelid AND a.attnum = k.number ORDER BY k.position) AS parent_columns,
       ARRAY(SELECT a.attname::text FROM unnest(r.conkey) WITH ORDINALITY k (number, position)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = r.conrelid AND a.attnum = k.number ORDER BY k.position) AS columns
FROM reference r JOIN parent p ON p.constraint_oid = r.constraint_oid
JOIN pg_catalog.pg_class t ON t.oid = p.oid
JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
ORDER BY r.root, r.conname, p.oid
