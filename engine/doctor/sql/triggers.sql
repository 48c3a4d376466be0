-- Triggers that somebody made, of tables and their partitions and children. `sets`: what a function of PL/pgSQL assigns
-- to the row, as far as its text tells, but for what it only fills in where nothing was given. $1 oids of the tables
WITH RECURSIVE family (root, oid) AS (
  SELECT o, o FROM unnest($1::oid[]) o
  UNION
  SELECT f.root, i.inhrelid FROM family f JOIN pg_catalog.pg_inherits i ON i.inhparent = f.oid
), found AS (
  SELECT DISTINCT f.root, t.tgname, p.proname, t.tgtype,
         CASE WHEN l.lanname = 'plpgsql'  -- without its remarks
              THEN regexp_replace(regexp_replace(p.prosrc, '/\*.*?\*/', ' ', 'g'), '--[^\n]*', ' ', 'g') ELSE '' END AS code
  FROM family f JOIN pg_catalog.pg_trigger t ON t.tgrelid = f.oid
  JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid JOIN pg_catalog.pg_language l ON l.oid = p.prolang
  WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')
)
SELECT t.root AS table_oid, t.tgname AS name, t.proname AS function,
       -- tgtype: pg_trigger.h, ROW 1, BEFORE 2, INSERT 4, UPDATE 16
       t.tgtype & 1 <> 0 AS is_row, t.tgtype & 2 <> 0 AS is_before, t.tgtype & 4 <> 0 AS on_insert,
       t.tgtype & 16 <> 0 AS on_update, t.code ~* '\mreturn\s+null\M' AS drops_rows,
       ARRAY(SELECT DISTINCT s.name FROM (
               SELECT coalesce(m[1], lower(m[2])) AS name, m[3] AS filled_in
               FROM regexp_matches(t.code,
                 '(?:^|;|\mbegin|\mthen|\melse|\mloop)\s*new\.(?:"([^"]+)"|([a-z_][a-z0-9_$]*))\s*:?=\s*(coalesce\s*\()?', 'gi') m) s
             WHERE s.filled_in IS NULL
               AND strpos(translate(regexp_replace(lower(t.code), '\s+', ' ', 'g'), '"', ''), 'new.' || lower(s.name) || ' is null') = 0
             ORDER BY 1) AS sets
FROM found t ORDER BY 1, 2
