-- How old is each table, in hours? Everything that had been committed in the other database by then is here. A table that
-- was never copied has no age. Run it in the cloud (forward) or on the desktop (reverse).
SELECT map, direction, table_name, last_sync_timestamp,
       CASE WHEN last_sync_timestamp > 'epoch'
            THEN round((extract(epoch FROM now() - last_sync_timestamp) / 3600)::numeric, 1) END AS hours_old
FROM pgtide.watermark
ORDER BY last_sync_timestamp, map, direction, table_name;
