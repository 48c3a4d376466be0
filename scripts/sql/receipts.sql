-- What pgtide verify found last of each table: the number of rows on both sides, and how many rows differed. A table that was
-- never verified is not there. Run it in the cloud (forward) or on the desktop (reverse).
SELECT DISTINCT ON (map, direction, table_name) map, direction, table_name, made_at, source_rows, target_rows, differences,
       source_hash = target_hash AS same
FROM pgtide.receipt
ORDER BY map, direction, table_name, receipt_id DESC;
