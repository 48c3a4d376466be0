-- What people ask about days and failures: pgtide coverage, pgtide history.

-- Which columns of a row say when it was touched (target's names), and the zone of stamps that have none: so that the
-- day of a row that waits is known without the map. NULL until the next run.
ALTER TABLE pgtide.watermark
  ADD COLUMN stamp_columns text[],
  ADD COLUMN stamp_zone text;

-- The UTC day of the row's watermark; NULL where it is not known.
ALTER TABLE pgtide.quarantine ADD COLUMN row_day date;

-- What to do about `error`, as the run said it.
ALTER TABLE pgtide.table_run ADD COLUMN hint text;
CREATE INDEX table_run_by_table ON pgtide.table_run (table_name, run_id);
