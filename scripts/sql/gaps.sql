-- Which days are missing? A day (UTC) since the first run that no completed run has covered (no_run), or of which rows wait in
-- quarantine. Today counts only once a run has tried the table today. Run it in the cloud (forward) or on the desktop
-- (reverse). As pgtide coverage --gaps shows it, which also says what mends them. No line: no gaps.
WITH first_run AS (
  SELECT w.map, w.direction,
         (least(min(w.created_at) FILTER (WHERE w.last_sync_attempt IS NOT NULL),
                (SELECT min(r.started_at) FROM pgtide.run r WHERE (r.map, r.direction) = (w.map, w.direction)))
            AT TIME ZONE 'UTC')::date AS first_day
  FROM pgtide.watermark w
  GROUP BY w.map, w.direction),
expected AS (
  SELECT w.map, w.direction, w.table_name, d::date AS sync_date
  FROM pgtide.watermark w
  JOIN first_run f USING (map, direction)
  CROSS JOIN generate_series(f.first_day::timestamp, now() AT TIME ZONE 'UTC', interval '1 day') d
  WHERE d::date < (now() AT TIME ZONE 'UTC')::date
     OR greatest(w.last_sync_attempt, w.last_successful_sync) AT TIME ZONE 'UTC' >= d),
waiting AS (
  SELECT map, direction, table_name, row_day AS sync_date, count(*) AS waiting
  FROM pgtide.quarantine
  WHERE row_day IS NOT NULL
  GROUP BY 1, 2, 3, 4)
SELECT map, direction, table_name, sync_date,
       CASE WHEN c.items_synced IS NULL AND e.sync_date IS NOT NULL THEN 'no_run' ELSE 'quarantine' END AS why,
       coalesce(q.waiting, 0) AS waiting
FROM expected e
FULL JOIN waiting q USING (map, direction, table_name, sync_date)
LEFT JOIN pgtide.coverage c USING (map, direction, table_name, sync_date)
WHERE c.items_synced IS NULL AND e.sync_date IS NOT NULL OR q.waiting > 0
ORDER BY map, direction, table_name, sync_date;
