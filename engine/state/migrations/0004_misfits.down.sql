ALTER TABLE pgtide.own_xact DROP COLUMN run_id;
ALTER TABLE pgtide.known_row DROP COLUMN soft_deleted;
DROP TABLE pgtide.tombstone;
ALTER TABLE pgtide.conflict DROP COLUMN resolution, DROP COLUMN decision;
DROP TABLE pgtide.discarded;
DROP INDEX pgtide.quarantine_by_key;
DELETE FROM pgtide.quarantine;
ALTER TABLE pgtide.quarantine DROP COLUMN last_seen_run, DROP COLUMN given_up, DROP COLUMN hint, DROP COLUMN detail, DROP COLUMN quarantine_id;
ALTER TABLE pgtide.quarantine ADD PRIMARY KEY (map, direction, table_name, row_key);
