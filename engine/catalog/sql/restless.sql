-- What in a query may give another result though no table changed: the clock, the session, functions of which nobody
-- knows. From what EXPLAIN (VERBOSE, FORMAT JSON) says; rather one too many than one too few. $1 the plan
WITH words AS (
  SELECT string_agg(s #>> '{}', ' ') AS text FROM jsonb_path_query($1::jsonb, 'lax $.** ? (@.type() == "string")') s
), called AS (
  SELECT DISTINCT coalesce(m[1], m[2]) AS name
  FROM words, regexp_matches(text, '(?:"([^"]+)"|([a-z_][a-z0-9_$]*))\(', 'g') m
)
SELECT DISTINCT c.name || '()' AS what
FROM called c JOIN pg_catalog.pg_proc p ON p.proname = c.name
WHERE p.provolatile <> 'i'
  AND NOT (p.pronamespace = 'pg_catalog'::regnamespace AND p.proname IN (  -- these depend on settings only, which are set
    'to_char', 'to_date', 'to_timestamp', 'to_number', 'concat', 'concat_ws', 'format', 'date_trunc', 'date_part', 'extract',
    'timezone', 'array_to_string', 'array_to_json', 'to_json', 'to_jsonb', 'row_to_json', 'json_build_object',
    'json_build_array', 'jsonb_build_object', 'jsonb_build_array', 'json_agg', 'jsonb_agg', 'json_object_agg',
    'jsonb_object_agg', 'quote_literal', 'quote_nullable', 'date', 'time', 'timetz', 'timestamp', 'timestamptz', 'text',
    'varchar', 'bpchar', 'overlaps', 'generate_series', 'make_timestamptz', 'range', 'tstzrange', 'string_agg', 'array_agg'))
UNION
SELECT m[1] FROM words, regexp_matches(text, '\m(CURRENT_DATE|CURRENT_TIME|CURRENT_TIMESTAMP|LOCALTIME|LOCALTIMESTAMP|CURRENT_USER|SESSION_USER|CURRENT_ROLE|CURRENT_CATALOG|CURRENT_SCHEMA)\M', 'g') m
UNION
SELECT 'several rows at once' WHERE jsonb_path_exists($1::jsonb, 'lax $.** ? (@."Node Type" == "WindowAgg" || @."Node Type" == "ProjectSet")')
UNION
SELECT 'an operator of its own' FROM words WHERE text ~ '\mOPERATOR\('
ORDER BY 1
