-- What happened: the last 200 events of runs, and of people (those without a run_id). Run it in the cloud (forward) or on the
-- desktop (reverse). As pgtide history --events shows it.
SELECT created_at, run_id, table_name, event_type, status, error_code, message, payload
FROM pgtide.event
ORDER BY event_id DESC
LIMIT 200;
