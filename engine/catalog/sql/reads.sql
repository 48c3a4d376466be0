-- The tables that queries read besides the source table itself (and its partitions), from what EXPLAIN (VERBOSE, FORMAT
-- JSON) says, with the number `n` of the query. The source counts where it is read twice: then a row depends on others.
-- $1 the plans, $2 oids of their sources (arrays of the same length)
WITH RECURSIVE query AS (
  SELECT q.n, q.plan::jsonb AS plan, q.source FROM unnest($1::text[], $2::oid[]) WITH ORDINALITY q (plan, source, n)
), family (n, oid) AS (
  SELECT n, source FROM query
  UNION
  SELECT f.n, i.inhrelid FROM pg_catalog.pg_inherits i JOIN family f ON i.inhparent = f.oid
), scan AS (
  SELECT q.n, s ->> 'Schema' AS schema, s ->> 'Relation Name' AS name, s ->> 'Alias' AS alias
  FROM query q, jsonb_path_query(q.plan, 'lax $.** ? (exists (@."Relation Name"))') s
)
SELECT s.n, s.schema, s.name, c.relkind = 'r' AND coalesce(am.amname, 'heap') = 'heap' AS countable
FROM scan s
JOIN pg_catalog.pg_namespace ns ON ns.nspname = s.schema
JOIN pg_catalog.pg_class c ON c.relnamespace = ns.oid AND c.relname = s.name
LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam
GROUP BY s.n, s.schema, s.name, c.oid, c.relkind, am.amname
HAVING (s.n, c.oid) NOT IN (SELECT n, oid FROM family) OR count(DISTINCT s.alias) > 1
ORDER BY 1, 2, 3
