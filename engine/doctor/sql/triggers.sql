-- Triggers that somebody made, of tables and their partitions and children. $1 oids of the tables
WITH RECURSIVE family (root, oid) AS (
  SELECT o, o FROM unnest($1::oid[]) o
  UNION
  SELECT f.root, i.inhrelid FROM family f JOIN pg_catalog.pg_inherits i ON i.inhparent = f.oid
)
SELECT DISTINCT f.root AS table_oid, t.tgname AS name, p.proname AS function,
       -- tgtype: pg_trigger.h, ROW 1, BEFORE 2, INSERT 4, UPDATE 16
       t.tgtype & 1 <> 0 AS is_row, t.tgtype & 2 <> 0 AS is_before, t.tgtype & 4 <> 0 AS on_insert,
       t.tgtype & 16 <> 0 AS on_update,
       CASE WHEN l.lanname = 'plpgsql' THEN p.prosrc ELSE '' END AS text
FROM family f JOIN pg_catalog.pg_trigger t ON t.tgrelid = f.oid
JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid JOIN pg_catalog.pg_language l ON l.oid = p.prolang
WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')
ORDER BY 1, 2
