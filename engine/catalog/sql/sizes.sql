-- The sizes of tables in bytes, with what is stored beside them (TOAST) and with their partitions and children, without
-- their indexes. $1 oids of the tables
WITH RECURSIVE family (root, oid) AS (
  SELECT o, o FROM unnest($1::oid[]) o
  UNION
  SELECT f.root, i.inhrelid FROM family f JOIN pg_catalog.pg_inherits i ON i.inhparent = f.oid
)
SELECT f.root AS table_oid, sum(pg_catalog.pg_table_size(f.oid))::bigint AS bytes
FROM family f JOIN pg_catalog.pg_class c ON c.oid = f.oid AND c.relkind IN ('r', 'm') GROUP BY f.root
