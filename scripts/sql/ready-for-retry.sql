-- Which tables may be tried again now? Tables that failed for a cause that may go away by itself (a lock, a lost connection)
-- and whose waiting time is over. Run it in the cloud (forward) or on the desktop (reverse); then pgtide sync incremental,
-- or pgtide sync reverse.
SELECT map, direction, table_name, error_count, next_retry_at, last_error_code, last_error
FROM pgtide.watermark
WHERE sync_status = 'failed' AND next_retry_at <= now()
ORDER BY next_retry_at, map, direction, table_name;
