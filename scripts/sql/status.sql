-- Is everything there? One line for each map, direction and table: when it was last copied, how that ended, what waits.
-- Run it in the cloud for what came from the desktop (forward), on the desktop for what came from the cloud (reverse): in
-- psql, or in the SQL editor of your provider. As pgtide status shows it.
SELECT w.map, w.direction, w.table_name, w.sync_status, w.guarantee, w.last_sync_timestamp, w.last_successful_sync,
       w.error_count, w.last_error,
       (SELECT count(*) FROM pgtide.quarantine q
        WHERE (q.map, q.direction, q.table_name) = (w.map, w.direction, w.table_name)) AS waiting,
       (SELECT count(*) FROM pgtide.conflict c
        WHERE (c.map, c.direction, c.table_name) = (w.map, w.direction, w.table_name) AND c.resolved_at IS NULL) AS conflicts
FROM pgtide.watermark w
ORDER BY w.map, w.direction, w.table_name;
