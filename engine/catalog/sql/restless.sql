-- What in queries may give another result though no table changed: the clock, the session, functions of which nobody
-- knows; with the number `n` of the query. From what EXPLAIN (VERBOSE, FORMAT JSON) says; rather one too many than one
-- too few. $1 the plans (an array)
WITH query AS (
  SELECT q.n, q.plan::jsonb AS plan FROM unnest($1::text[]) WITH ORDINALITY q (plan, n)
), words AS (
  SELECT q.n, string_agg(s #>> '{}', ' ') AS text
  FROM query q, jsonb_path_query(q.plan, 'lax $.** ? (@.type() == "string")') s GROUP BY q.n
), called AS (
  SELECT DISTINCT n, coalesce(m[1], m[2]) AS name
  FROM words, regexp_matches(text, '(?:"([^"]+)"|([a-z_][a-z0-9_$]*))\(', 'g') m
)
SELECT DISTINCT c.n, c.name || '()' AS what
FROM called c JOIN pg_catalog.pg_proc p ON p.proname = c.name
WHERE p.provolatile <> 'i'
  AND NOT (p.pronamespace = 'pg_catalog'::regnamespace AND p.proname IN (  -- these depend on settings only, which are set
    'to_char', 'to_date', 'to_timestamp', 'to_number', 'concat', 'concat_ws', 'format', 'date_trunc', 'date_part', 'extract',
    'timezone', 'array_to_string', 'array_to_json', 'to_json', 'to_jsonb', 'row_to_json', 'json_build_object',
    'json_build_array', 'jsonb_build_object', 'jsonb_build_array', 'json_agg', 'jsonb_agg', 'json_object_agg',
    'jsonb_object_agg', 'quote_literal', 'quote_nullable', 'date', 'time', 'timetz', 'timestamp', 'timestamptz', 'text',
    'varchar', 'bpchar', 'overlaps', 'generate_series', 'make_timestamptz', 'range', 'tstzrange', 'string_agg', 'array_agg'))
UNION
SELECT n, m[1] FROM words, regexp_matches(text, '\m(CURRENT_DATE|CURRENT_TIME|CURRENT_TIMESTAMP|LOCALTIME|LOCALTIMESTAMP|CURRENT_USER|SESSION_USER|CURRENT_ROLE|CURRENT_CATALOG|CURRENT_SCHEMA)\M', 'g') m
UNION
SELECT n, 'several rows at once' FROM query WHERE jsonb_path_exists(plan, 'lax $.** ? (@."Node Type" == "WindowAgg" || @."Node Type" == "ProjectSet")')
UNION
SELECT n, 'an operator of its own' FROM words WHERE text ~ '\mOPERATOR\('
ORDER BY 1, 2
