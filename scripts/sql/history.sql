-- The last 100 runs, the newest first: when, what, how long, how many rows, how it ended (exit_status: docs/OPERATING.md, 4).
-- A run without an end is at work, or it broke off. Run it in the cloud (forward) or on the desktop (reverse). As pgtide
-- history shows it.
SELECT r.map, r.direction, r.run_id, r.mode, r.started_at, coalesce(r.finished_at, now()) - r.started_at AS took, r.status,
       r.exit_status, coalesce(t.rows_read, 0) AS rows_read, coalesce(t.rows_inserted, 0) AS rows_inserted,
       coalesce(t.rows_updated, 0) AS rows_updated, coalesce(t.rows_deleted, 0) AS rows_deleted,
       coalesce(t.rows_waiting, 0) AS rows_waiting, t.failed_tables
FROM pgtide.run r
LEFT JOIN (SELECT run_id, sum(rows_read) AS rows_read, sum(rows_inserted) AS rows_inserted, sum(rows_updated) AS rows_updated,
                  sum(rows_deleted) AS rows_deleted, sum(rows_quarantined + rows_conflicted) AS rows_waiting,
                  string_agg(table_name, ', ' ORDER BY table_name) FILTER (WHERE status IN ('failed', 'refused', 'fuse'))
                    AS failed_tables
           FROM pgtide.table_run GROUP BY run_id) t USING (run_id)
ORDER BY r.started_at DESC
LIMIT 100;
