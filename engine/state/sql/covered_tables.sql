-- The tables of map $1 and direction $2, of those named in $3 ({}: all), with what says which days are to be expected:
-- every day since the first run of the map. Old runs may have left the history; the rows of watermark stay.
SELECT w.table_name, f.first_day, (clock_timestamp() AT TIME ZONE 'UTC')::date AS today,
       (w.last_sync_attempt AT TIME ZONE 'UTC')::date AS tried_day,
       (w.last_successful_sync AT TIME ZONE 'UTC')::date AS succeeded_day,
       w.stamp_columns IS NULL OR w.stamp_columns <> '{}' AS has_stamps,
       (SELECT count(*) FROM pgtide.quarantine q
        WHERE (q.map, q.direction, q.table_name) = (w.map, w.direction, w.table_name) AND q.row_day IS NULL) AS waiting_undated
FROM pgtide.watermark w,
     (SELECT (least((SELECT min(started_at) FROM pgtide.run WHERE map = $1 AND direction = $2),
                    (SELECT min(created_at) FROM pgtide.watermark
                     WHERE map = $1 AND direction = $2 AND last_sync_attempt IS NOT NULL)) AT TIME ZONE 'UTC')::date
             AS first_day) f
WHERE w.map = $1 AND w.direction = $2 AND ($3::text[] = '{}' OR w.table_name = ANY ($3::text[]))
ORDER BY w.table_name
