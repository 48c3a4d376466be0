-- How far a table got whose run broke off: docs/ARCHITECTURE.md, "Going on after a break". Moves with each chunk, and is
-- gone with the last one.
CREATE TABLE pgtide.progress (
  map              text NOT NULL,
  direction        text NOT NULL,
  table_name       text NOT NULL,
  run_id           bigint NOT NULL,    -- who wrote it last
  next_xid         bigint NOT NULL,    -- the source as that run saw it, as in cursor
  unfinished_xids  bigint[] NOT NULL,
  position         tid NOT NULL,       -- of the last row of the source that is here; every row before it is, too
  whole            boolean NOT NULL,   -- every row was to be read, else those behind the cursor
  started_from     bigint NOT NULL,    -- run_id of the cursor at that time, 0 for none
  table_oid        bigint NOT NULL,
  file_node        bigint NOT NULL,    -- of the source table: another one, and its rows have moved
  schema_hash      text NOT NULL,
  mapping_hash     text NOT NULL,
  chunks           bigint NOT NULL CHECK (chunks > 0),  -- of this run
  rows_read        bigint NOT NULL DEFAULT 0,           -- of this run, as in table_run
  rows_inserted    bigint NOT NULL DEFAULT 0,
  rows_updated     bigint NOT NULL DEFAULT 0,
  rows_unchanged   bigint NOT NULL DEFAULT 0,
  rows_skipped     bigint NOT NULL DEFAULT 0,
  rows_quarantined bigint NOT NULL DEFAULT 0,
  rows_conflicted  bigint NOT NULL DEFAULT 0,
  rows_deleted     bigint NOT NULL DEFAULT 0,
  bytes            bigint NOT NULL DEFAULT 0,
  written_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (map, direction, table_name),
  FOREIGN KEY (map, direction, table_name) REFERENCES pgtide.watermark ON DELETE CASCADE
);

-- What people are to know of a table beside its guarantee.
ALTER TABLE pgtide.watermark
  ADD COLUMN guarantee_why text,           -- why it is not better, or what it rests on
  ADD COLUMN note text,                    -- columns that only one side has, and the like
  ADD COLUMN stamped_until timestamptz;    -- rows with newer stamps may be missing until the next exact pass; NULL: no
                                           -- pass by stamp since the last exact one

-- Rows that do not say which transaction wrote them, and the quick passes over large tables, are found by their stamp.
ALTER TABLE pgtide.cursor
  ADD COLUMN stamp timestamptz,            -- rows with this stamp or a later one may be new
  ADD COLUMN exact_at timestamptz;         -- when every new row was looked for, by the target's clock

-- A source in which no mark may be left is known again by what became of some of its transactions.
ALTER TABLE pgtide.source
  ADD COLUMN in_recovery boolean NOT NULL DEFAULT false,
  ADD COLUMN replayed_to pg_lsn,                       -- on a standby
  ADD COLUMN outcome_xids bigint[] NOT NULL DEFAULT '{}',
  ADD COLUMN outcome_committed boolean[] NOT NULL DEFAULT '{}';
ALTER TABLE pgtide.source ALTER COLUMN anchor_token SET DEFAULT '', ALTER COLUMN anchor_xid SET DEFAULT 0;
