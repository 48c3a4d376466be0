-- The keys of the rows of map $1 and direction $2 that are left out because an operator said so, of the tables $3 ({}:
-- all), discarded from $4 to $5 (NULL: no bound).
SELECT d.table_name, d.row_key, d.reason,
       to_char(d.discarded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS discarded_at
FROM pgtide.discarded d
WHERE d.map = $1 AND d.direction = $2 AND ($3::text[] = '{}' OR d.table_name = ANY ($3::text[]))
  AND ($4::timestamptz IS NULL OR d.discarded_at >= $4::timestamptz)
  AND ($5::timestamptz IS NULL OR d.discarded_at < $5::timestamptz)
ORDER BY d.discarded_id
