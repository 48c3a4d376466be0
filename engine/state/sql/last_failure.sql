-- The newest failure of a table in map $1 and direction $2, of the tables $3 ({}: all), that was the cause of its own and
-- not of another table; and the first run that has completed the table since.
SELECT t.run_id, t.table_name, t.status, t.error_code, t.error, t.hint, r.mode,
       to_char(r.started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS started_at,
       (SELECT min(later.run_id) FROM pgtide.table_run later JOIN pgtide.run l USING (run_id)
        WHERE l.map = $1 AND l.direction = $2 AND later.table_name = t.table_name AND later.run_id > t.run_id
          AND later.status IN ('ok', 'attention')) AS mended_by
FROM pgtide.table_run t
JOIN pgtide.run r USING (run_id)
WHERE r.map = $1 AND r.direction = $2 AND t.status IN ('failed', 'refused', 'fuse')
  AND ($3::text[] = '{}' OR t.table_name = ANY ($3::text[]))
ORDER BY t.run_id DESC, t.table_name
LIMIT 1
