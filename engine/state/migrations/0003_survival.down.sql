ALTER TABLE pgtide.source ALTER COLUMN anchor_token DROP DEFAULT, ALTER COLUMN anchor_xid DROP DEFAULT;
ALTER TABLE pgtide.source DROP COLUMN outcome_committed, DROP COLUMN outcome_xids, DROP COLUMN replayed_to, DROP COLUMN in_recovery;
ALTER TABLE pgtide.cursor DROP COLUMN exact_at, DROP COLUMN stamp;
ALTER TABLE pgtide.watermark DROP COLUMN stamped_until, DROP COLUMN note, DROP COLUMN guarantee_why;
DROP TABLE pgtide.progress;
