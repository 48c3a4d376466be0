-- What is not in order now: tables that failed, were skipped, broke off or were never copied, and why. in_progress means
-- that a run is at work, or that it broke off: pgtide status can tell. Run it in the cloud (forward) or on the desktop
-- (reverse). No line: nothing of the kind.
SELECT map, direction, table_name, sync_status, error_count, last_sync_attempt, last_successful_sync, last_error_code,
       last_error
FROM pgtide.watermark
WHERE sync_status <> 'completed'
ORDER BY map, direction, table_name;
