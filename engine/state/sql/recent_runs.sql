-- What the last runs did with each table of map $1 and direction $2, the newest first: at most $3 a table.
SELECT w.table_name, x.*
FROM pgtide.watermark w
CROSS JOIN LATERAL (
  SELECT t.run_id, r.mode, t.status, t.rows_read, t.rows_inserted, t.rows_updated, t.rows_unchanged, t.rows_skipped,
         t.rows_quarantined, t.rows_conflicted, t.rows_deleted, t.bytes, t.duration_ms, to_jsonb(t) ->> 'hint' AS hint,
         extract(epoch FROM r.started_at) AS started,
         to_char(r.started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS started_at
  FROM pgtide.table_run t
  JOIN pgtide.run r USING (run_id)
  WHERE t.table_name = w.table_name AND r.map = w.map AND r.direction = w.direction
  ORDER BY t.run_id DESC
  LIMIT $3::bigint) x
WHERE w.map = $1 AND w.direction = $2
ORDER BY w.table_name, x.run_id DESC
