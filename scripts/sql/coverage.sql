-- How many rows of each day (UTC, by the rows' watermark) have arrived in the last 31 days, and when. Run it in the cloud
-- (forward) or on the desktop (reverse). As pgtide coverage shows it.
SELECT map, direction, table_name, sync_date, items_synced, synced_at
FROM pgtide.coverage
WHERE sync_date > (now() AT TIME ZONE 'UTC')::date - 31
ORDER BY map, direction, table_name, sync_date DESC;
