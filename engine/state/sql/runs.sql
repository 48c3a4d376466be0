-- Runs of map $1 and direction $2, the newest first. $3 tables, $4 since, $5 until, $6 mode, $7 status, $8 run, $9 how
-- many: NULL or {} leaves nothing out. Status failed: whatever did not end well.
SELECT r.run_id, r.mode, r.status, r.exit_status,
       to_char(r.started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS started_at,
       to_char(r.finished_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS finished_at,
       extract(epoch FROM coalesce(r.finished_at, clock_timestamp()) - r.started_at) AS seconds,
       coalesce(d.rows, 0) AS removed
FROM pgtide.run r
LEFT JOIN (SELECT run_id, count(*) AS rows FROM pgtide.tombstone WHERE map = $1 AND direction = $2 GROUP BY 1) d
  USING (run_id)
WHERE r.map = $1 AND r.direction = $2
  AND ($3::text[] = '{}' OR EXISTS (
    SELECT FROM pgtide.table_run t WHERE t.run_id = r.run_id AND t.table_name = ANY ($3::text[])))
  AND ($4::timestamptz IS NULL OR r.started_at >= $4::timestamptz)
  AND ($5::timestamptz IS NULL OR r.started_at < $5::timestamptz)
  AND ($6::text IS NULL OR r.mode = $6::text)
  AND ($7::text IS NULL OR r.status = $7::text
       OR $7::text = 'failed' AND r.status NOT IN ('ok', 'attention', 'in_progress')
       OR EXISTS (SELECT FROM pgtide.table_run t
                  WHERE t.run_id = r.run_id
                    AND (t.status = $7::text OR $7::text = 'failed' AND t.status IN ('refused', 'fuse'))))
  AND ($8::bigint IS NULL OR r.run_id = $8::bigint)
ORDER BY r.run_id DESC
LIMIT $9::bigint
