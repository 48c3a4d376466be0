-- The tables that a query reads besides the source table itself (and its partitions), from what EXPLAIN (VERBOSE, FORMAT
-- JSON) says. The source counts where it is read twice: then a row depends on others. $1 the plan, $2 oid of the source
WITH RECURSIVE family (oid) AS (
  SELECT $2::oid UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN family f ON i.inhparent = f.oid
), scan AS (
  SELECT n ->> 'Schema' AS schema, n ->> 'Relation Name' AS name, n ->> 'Alias' AS alias
  FROM jsonb_path_query($1::jsonb, 'lax $.** ? (exists (@."Relation Name"))') n
)
SELECT s.schema, s.name, c.relkind = 'r' AND coalesce(am.amname, 'heap') = 'heap' AS countable
FROM scan s
JOIN pg_catalog.pg_namespace ns ON ns.nspname = s.schema
JOIN pg_catalog.pg_class c ON c.relnamespace = ns.oid AND c.relname = s.name
LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam
GROUP BY s.schema, s.name, c.oid, c.relkind, am.amname
HAVING c.oid NOT IN (SELECT oid FROM family) OR count(DISTINCT s.alias) > 1
ORDER BY 1, 2
