-- The keys of the rows that the runs $3 of map $1 and direction $2 removed or marked, of the tables $4 ({}: all).
SELECT d.run_id, d.table_name, d.row_key, d.how,
       to_char(d.removed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS removed_at
FROM pgtide.tombstone d
WHERE d.map = $1 AND d.direction = $2 AND d.run_id = ANY ($3::bigint[])
  AND ($4::text[] = '{}' OR d.table_name = ANY ($4::text[]))
ORDER BY d.tombstone_id
