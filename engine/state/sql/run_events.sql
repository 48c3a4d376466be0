-- Events of the runs $1 and, where $2 is true, of people: those without a run, of map $3 and direction $4 as far as they
-- say it, from $5 to $6 (NULL: no bound). The oldest first; at most $7.
SELECT e.run_id, e.table_name, e.event_type, e.status, e.error_code, e.message, e.payload, e.duration_ms,
       to_char(e.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS created_at
FROM pgtide.event e
WHERE e.run_id = ANY ($1::bigint[])
   OR $2::boolean AND e.run_id IS NULL
      AND coalesce(e.payload ->> 'map', $3) = $3 AND coalesce(e.payload ->> 'direction', $4) = $4
      AND ($5::timestamptz IS NULL OR e.created_at >= $5::timestamptz)
      AND ($6::timestamptz IS NULL OR e.created_at < $6::timestamptz)
ORDER BY e.event_id
LIMIT $7::bigint
