-- The tables of the runs $1, of those named in $2 ({}: all).
SELECT t.run_id, t.table_name, t.status, t.rows_read, t.rows_inserted, t.rows_updated, t.rows_unchanged, t.rows_skipped,
       t.rows_quarantined, t.rows_conflicted, t.rows_deleted, t.bytes, t.round_trips, t.duration_ms, t.error_code, t.error,
       t.hint
FROM pgtide.table_run t
WHERE t.run_id = ANY ($1::bigint[]) AND ($2::text[] = '{}' OR t.table_name = ANY ($2::text[]))
ORDER BY t.run_id, t.table_name
