-- Per table of map $1 and direction $2 (of those named in $3, {}: all) and UTC day from $4 to $5 (NULL: no bound): rows that
-- have arrived (NULL where no run has covered the day) and rows that wait in quarantine.
SELECT table_name, d.day::text AS day,
       to_char(c.synced_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS synced_at, c.items_synced,
       coalesce(q.waiting, 0) AS waiting
FROM (SELECT table_name, sync_date AS day FROM pgtide.coverage WHERE map = $1 AND direction = $2
      UNION SELECT table_name, row_day FROM pgtide.quarantine
            WHERE map = $1 AND direction = $2 AND row_day IS NOT NULL) d
LEFT JOIN (SELECT table_name, sync_date AS day, synced_at, items_synced FROM pgtide.coverage
           WHERE map = $1 AND direction = $2) c USING (table_name, day)
LEFT JOIN (SELECT table_name, row_day AS day, count(*) AS waiting FROM pgtide.quarantine
           WHERE map = $1 AND direction = $2 GROUP BY 1, 2) q USING (table_name, day)
WHERE d.day BETWEEN '0001-01-01' AND '9999-12-31'  -- others cannot be written with four digits
  AND ($3::text[] = '{}' OR table_name = ANY ($3::text[]))
  AND ($4::date IS NULL OR d.day >= $4::date) AND ($5::date IS NULL OR d.day <= $5::date)
ORDER BY table_name, d.day
