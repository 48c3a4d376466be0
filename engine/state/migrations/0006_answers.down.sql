DROP INDEX pgtide.table_run_by_table;
ALTER TABLE pgtide.table_run DROP COLUMN hint;
ALTER TABLE pgtide.quarantine DROP COLUMN row_day;
ALTER TABLE pgtide.watermark DROP COLUMN stamp_columns, DROP COLUMN stamp_zone;
