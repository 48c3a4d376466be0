-- Columns that say when a row was touched, because a trigger sets them at each change: what the trigger's function says
-- is read, not run. $1 oids of the tables
SELECT DISTINCT g.tgrelid AS table_oid, a.attname AS name
FROM pg_catalog.pg_trigger g
JOIN pg_catalog.pg_proc p ON p.oid = g.tgfoid
JOIN pg_catalog.pg_attribute a ON a.attrelid = g.tgrelid AND a.attnum > 0 AND NOT a.attisdropped
 AND a.atttypid IN ('timestamp'::regtype, 'timestamptz'::regtype, 'date'::regtype)
WHERE g.tgrelid = ANY ($1::oid[]) AND NOT g.tgisinternal AND g.tgenabled <> 'D'
  AND g.tgtype & 19 = 19  -- pg_trigger.h: ROW 1, BEFORE 2, UPDATE 16
  AND p.prosrc ~* ('new\s*\.\s*"?' || regexp_replace(a.attname, '([^a-zA-Z0-9_])', '\\\1', 'g') || '"?\s*:?=')
ORDER BY 1, 2
