-- The tables that are asked for, one row each that exists.
-- $1 schemas, $2 names (text arrays of the same length)
WITH RECURSIVE wanted AS (
  SELECT c.oid, n.nspname, c.relname, c.relkind, c.relpersistence, c.reltuples, c.relam, c.relhassubclass, c.relhasrules
  FROM unnest($1::text[], $2::text[]) AS want (schema, name)
  JOIN pg_catalog.pg_namespace n ON n.nspname = want.schema
  JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = want.name
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
), descendants (root, oid) AS (
  SELECT w.oid, w.oid FROM wanted w WHERE w.relhassubclass
  UNION
  SELECT d.root, i.inhrelid FROM descendants d JOIN pg_catalog.pg_inherits i ON i.inhparent = d.oid
), family AS (  -- gathered once for all tables: a look for each of them would grow with the square of their number
  SELECT w.oid AS root, w.oid FROM wanted w UNION SELECT d.root, d.oid FROM descendants d
), triggers AS (  -- tgtype: pg_trigger.h, ROW 1, BEFORE 2, INSERT 4, UPDATE 16
  SELECT f.root, bool_or(g.tgenabled <> 'D' AND g.tgtype & 7 = 7) AS on_insert,
         bool_or(g.tgenabled <> 'D' AND g.tgtype & 19 = 19) AS on_update, bool_or(NOT g.tgisinternal) AS of_users
  FROM family f JOIN pg_catalog.pg_trigger g ON g.tgrelid = f.oid GROUP BY f.root
), parts AS (
  SELECT d.root, sum(greatest(c.reltuples, 0)) FILTER (WHERE c.relkind = 'r') AS rows,
         string_agg(d.oid::text || ':' || c.relkind::text, ',' ORDER BY d.oid) AS descendants,
         bool_or(c.relkind NOT IN ('r', 'p') OR coalesce(a.amname, 'heap') <> 'heap') AS is_foreign
  FROM descendants d JOIN pg_catalog.pg_class c ON c.oid = d.oid LEFT JOIN pg_catalog.pg_am a ON a.oid = c.relam
  GROUP BY d.root
)
SELECT w.nspname AS schema, w.relname AS name, w.oid, w.relkind AS kind, w.relpersistence AS persistence,
       coalesce(am.amname, '') AS access_method,
       pg_catalog.row_security_active(w.oid) AS row_security,
       pg_catalog.has_schema_privilege(w.nspname, 'USAGE') AS can_use_schema,
       pg_catalog.has_table_privilege(w.oid, 'SELECT') AS can_select,
       pg_catalog.has_table_privilege(w.oid, 'INSERT') AS can_insert,
       pg_catalog.has_table_privilege(w.oid, 'UPDATE') AS can_update,
       pg_catalog.has_table_privilege(w.oid, 'DELETE') AS can_delete,
       coalesce(g.on_insert, false) AS insert_trigger, coalesce(g.on_update, false) AS update_trigger,
       w.relhasrules OR coalesce(g.of_users, false) AS reacts,
       CASE WHEN p.root IS NOT NULL THEN p.rows::bigint  -- -1: never analysed
            WHEN w.reltuples > 0 OR (w.reltuples = 0 AND current_setting('server_version_num')::integer >= 140000)
            THEN w.reltuples::bigint ELSE -1 END AS estimated_rows,
       coalesce(p.descendants, '') AS descendants, coalesce(p.is_foreign, false) AS foreign_parts
FROM wanted w LEFT JOIN pg_catalog.pg_am am ON am.oid = w.relam
LEFT JOIN triggers g ON g.root = w.oid LEFT JOIN parts p ON p.root = w.oid
