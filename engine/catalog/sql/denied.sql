-- What this role lacks to compute the map's expressions, as the statements that give it: PostgreSQL names only the first
-- thing, without its schema, and in the server's language. Rather one too many than one too few: everything counts that
-- has the name of a word in them. $1 the expressions, $2 the schema in which they look first
WITH words AS (
  SELECT DISTINCT coalesce(replace(m[1], '""', '"'), lower(m[2])) AS word
  FROM regexp_matches($1, '"((?:[^"]|"")+)"|([[:alpha:]_][[:alnum:]_$]*)', 'g') m
), named AS (
  SELECT c.oid, n.nspname, c.relname
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relname IN (SELECT word FROM words)
    AND (n.nspname = $2 OR n.nspname IN (SELECT word FROM words) OR n.nspname = ANY (current_schemas(false)))
)
SELECT 'GRANT USAGE ON SCHEMA ' || quote_ident(nspname) || ' TO ' || quote_ident(current_user) AS statement
FROM named WHERE NOT pg_catalog.has_schema_privilege(nspname, 'USAGE')
UNION
SELECT 'GRANT SELECT ON ' || quote_ident(nspname) || '.' || quote_ident(relname) || ' TO ' || quote_ident(current_user)
FROM named WHERE NOT pg_catalog.has_table_privilege(oid, 'SELECT')
UNION
SELECT 'ALTER ROLE ' || quote_ident(current_user) || ' BYPASSRLS' FROM named WHERE pg_catalog.row_security_active(oid)
ORDER BY 1
