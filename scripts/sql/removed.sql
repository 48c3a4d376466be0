-- Which rows were removed in the last 30 days, or marked as deleted: their keys, and how (hard: deleted on the desktop, soft:
-- the same, only marked, surplus: without a key, resolved: an operator said so, overwritten: changed in the cloud and removed
-- by --overwrite). Run it in the cloud. As pgtide history --removed shows it.
SELECT map, direction, table_name, row_key, how, run_id, removed_at
FROM pgtide.tombstone
WHERE removed_at > now() - interval '30 days'
ORDER BY tombstone_id DESC;
