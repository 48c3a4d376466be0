-- The tables that are asked for, one row each that exists.
-- $1 schemas, $2 names (text arrays of the same length)
WITH RECURSIVE wanted AS (
  SELECT c.oid, n.nspname, c.relname, c.relkind, c.relpersistence, c.reltuples, c.relam, c.relhassubclass
  FROM unnest($1::text[], $2::text[]) AS want (schema, name)
  JOIN pg_catalog.pg_namespace n ON n.nspname = want.schema
  JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = want.name
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
), descendants (root, oid) AS (
  SELECT w.oid, w.oid FROM wanted w WHERE w.relhassubclass
  UNION
  SELECT d.root, i.inhrelid FROM descendants d JOIN pg_catalog.pg_inherits i ON i.inhparent = d.oid
)
SELECT w.nspname AS schema, w.relname AS name, w.oid, w.relkind AS kind, w.relpersistence AS persistence,
       coalesce(am.amname, '') AS access_method,
       pg_catalog.row_security_active(w.oid) AS row_security,
       pg_catalog.has_schema_privilege(w.nspname, 'USAGE') AS can_use_schema,
       pg_catalog.has_table_privilege(w.oid, 'SELECT') AS can_select,
       pg_catalog.has_table_privilege(w.oid, 'INSERT') AS can_insert,
       pg_catalog.has_table_privilege(w.oid, 'UPDATE') AS can_update,
       pg_catalog.has_table_privilege(w.oid, 'DELETE') AS can_delete,
       -- tgtype: pg_trigger.h, ROW 1, BEFORE 2, INSERT 4, UPDATE 16
       EXISTS (SELECT FROM pg_catalog.pg_trigger g WHERE (g.tgrelid = w.oid OR g.tgrelid IN (SELECT d.oid FROM descendants d WHERE d.root = w.oid))
               AND g.tgenabled <> 'D' AND g.tgtype & 7 = 7) AS insert_trigger,
       EXISTS (SELECT FROM pg_catalog.pg_trigger g WHERE (g.tgrelid = w.oid OR g.tgrelid IN (SELECT d.oid FROM descendants d WHERE d.root = w.oid))
               AND g.tgenabled <> 'D' AND g.tgtype & 19 = 19) AS update_trigger,
       CASE WHEN EXISTS (SELECT FROM descendants d WHERE d.root = w.oid)  -- -1: never analysed
            THEN (SELECT sum(greatest(c.reltuples, 0))::bigint FROM descendants d
                  JOIN pg_catalog.pg_class c ON c.oid = d.oid AND c.relkind = 'r' WHERE d.root = w.oid)
            WHEN w.reltuples > 0 OR (w.reltuples = 0 AND current_setting('server_version_num')::integer >= 140000)
            THEN w.reltuples::bigint ELSE -1 END AS estimated_rows,
       coalesce((SELECT string_agg(d.oid::text || ':' || c.relkind::text, ',' ORDER BY d.oid) FROM descendants d
                 JOIN pg_catalog.pg_class c ON c.oid = d.oid WHERE d.root = w.oid), '') AS descendants,
       EXISTS (SELECT FROM descendants d JOIN pg_catalog.pg_class c ON c.oid = d.oid
               LEFT JOIN pg_catalog.pg_am a ON a.oid = c.relam
               WHERE d.root = w.oid AND (c.relkind NOT IN ('r', 'p') OR coalesce(a.amname, 'heap') <> 'heap')) AS foreign_parts
FROM wanted w LEFT JOIN pg_catalog.pg_am am ON am.oid = w.relam
