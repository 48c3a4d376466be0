-- Everything that could stand in a map: tables, views and foreign tables, without partitions (their parent stands for
-- them), temporary tables, what an extension made, what pgtide or an earlier tool keeps for itself.
-- $1 the schemas to look at, $2 those to leave out where $1 is empty (text arrays)
SELECT n.nspname AS schema, c.relname AS name, c.relkind AS kind,
       c.relkind = 'r' AND EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhparent = c.oid) AS has_children,
       c.relkind = 'r' AND EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid) AS is_child,
       -- pg_rewrite.ev_type: 2 UPDATE, 3 INSERT, 4 DELETE
       c.relkind IN ('r', 'p') AND EXISTS (SELECT FROM pg_catalog.pg_rewrite w
         WHERE w.ev_class = c.oid AND w.ev_type IN ('2', '3') AND w.ev_enabled <> 'D') AS has_rules
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition AND c.relpersistence <> 't'
  AND n.nspname <> 'information_schema' AND n.nspname <> 'pgtide' AND n.nspname !~ '^pg_'
  AND (n.nspname = ANY ($1::text[]) OR (cardinality($1::text[]) = 0 AND n.nspname <> ALL ($2::text[])))
  AND c.relname NOT IN ('_sync_metadata', '_reverse_sync_metadata')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0 AND d.deptype = 'e')
ORDER BY n.nspname, c.relname
