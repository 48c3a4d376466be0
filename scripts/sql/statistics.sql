-- What was copied in the last 30 days, added up for each table: runs, rows, megabytes, seconds. Run it in the cloud (forward)
-- or on the desktop (reverse).
SELECT r.map, r.direction, t.table_name, count(*) AS runs,
       count(*) FILTER (WHERE t.status NOT IN ('ok', 'attention')) AS runs_not_completed, sum(t.rows_read) AS rows_read,
       sum(t.rows_inserted) AS rows_inserted, sum(t.rows_updated) AS rows_updated, sum(t.rows_deleted) AS rows_deleted,
       round(sum(t.bytes) / 1048576.0, 1) AS megabytes, round(sum(t.duration_ms) / 1000.0, 1) AS seconds
FROM pgtide.table_run t
JOIN pgtide.run r USING (run_id)
WHERE r.started_at > now() - interval '30 days'
GROUP BY r.map, r.direction, t.table_name
ORDER BY r.map, r.direction, t.table_name;
