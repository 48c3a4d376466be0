-- Which rows wait in quarantine, and why: their keys, not their contents. given_up: tried so often that only pgtide sync full
-- and pgtide quarantine retry try them again. Run it in the cloud (forward) or on the desktop (reverse). As pgtide quarantine
-- list shows it.
SELECT map, direction, table_name, row_key, reason, sqlstate, detail, hint, row_day, first_seen, last_tried, attempts,
       given_up
FROM pgtide.quarantine
ORDER BY map, direction, table_name, quarantine_id;
