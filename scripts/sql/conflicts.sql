-- About which rows do desktop and cloud not agree, so that somebody has to decide? Their keys, not their contents. Run it in the
-- cloud (forward) or on the desktop (reverse). Decide with pgtide conflicts resolve. As pgtide conflicts list shows it.
SELECT map, direction, table_name, row_key, kind, local_modified AS desktop_changed, remote_modified AS cloud_changed,
       resolution_strategy, detected_at, decision
FROM pgtide.conflict
WHERE resolved_at IS NULL
ORDER BY map, direction, table_name, conflict_id;
