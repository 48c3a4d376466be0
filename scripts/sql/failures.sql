-- What failed in the last 30 days, the newest first: the cause, what to do about it, and whether a later run has completed the
-- table (mended_by). Run it in the cloud (forward) or on the desktop (reverse).
SELECT r.map, r.direction, t.table_name, r.run_id, r.mode, r.started_at, t.status, t.error_code, t.error, t.hint,
       (SELECT min(later.run_id) FROM pgtide.table_run later JOIN pgtide.run l USING (run_id)
        WHERE (l.map, l.direction, later.table_name) = (r.map, r.direction, t.table_name) AND later.run_id > t.run_id
          AND later.status IN ('ok', 'attention')) AS mended_by
FROM pgtide.table_run t
JOIN pgtide.run r USING (run_id)
WHERE t.status NOT IN ('ok', 'attention') AND r.started_at > now() - interval '30 days'
ORDER BY r.started_at DESC, t.table_name;
