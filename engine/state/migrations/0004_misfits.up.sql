-- Rows that do not fit: docs/ARCHITECTURE.md, "Rows that wait". Several rows may have one key (duplicates; rows without
-- a key), and a key may be larger than an index entry.
ALTER TABLE pgtide.quarantine
  DROP CONSTRAINT quarantine_pkey,
  ADD COLUMN quarantine_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  ADD COLUMN detail text NOT NULL DEFAULT '',          -- what does not fit, in words; no contents of rows
  ADD COLUMN hint text NOT NULL DEFAULT '',            -- what to do about it
  ADD COLUMN given_up boolean NOT NULL DEFAULT false,  -- tried so often that incremental and reverse runs leave it
  ADD COLUMN last_seen_run bigint NOT NULL;
CREATE INDEX quarantine_by_key ON pgtide.quarantine (map, direction, table_name, hashtextextended(row_key::text, 0));

-- Rows of the quarantine that an operator does not want to hear of any more, until their contents change.
CREATE TABLE pgtide.discarded (
  discarded_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  map          text NOT NULL,
  direction    text NOT NULL,
  table_name   text NOT NULL,
  row_key      jsonb NOT NULL,
  contents     text NOT NULL,  -- md5(row_data::text)
  reason       text NOT NULL,
  discarded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  FOREIGN KEY (map, direction, table_name) REFERENCES pgtide.watermark ON DELETE CASCADE
);
CREATE INDEX discarded_by_key ON pgtide.discarded (map, direction, table_name, hashtextextended(row_key::text, 0));

-- What an operator decided (`pgtide conflicts resolve`), carried out by the next run; and what became of a conflict.
ALTER TABLE pgtide.conflict
  ADD COLUMN decision text CHECK (decision IN ('desktop', 'cloud')),
  ADD COLUMN resolution text CHECK (resolution IN ('desktop', 'cloud', 'cause_gone'));
UPDATE pgtide.conflict SET resolution = 'cause_gone' WHERE resolved_at IS NOT NULL;
ALTER TABLE pgtide.conflict ADD CHECK ((resolution IS NULL) = (resolved_at IS NULL));

-- Every row that pgtide removed, until `prune`.
CREATE TABLE pgtide.tombstone (
  tombstone_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  map          text NOT NULL,
  direction    text NOT NULL CHECK (direction IN ('forward', 'reverse')),
  table_name   text NOT NULL,
  row_key      jsonb NOT NULL,
  row_data     jsonb NOT NULL,
  how          text NOT NULL CHECK (how IN ('hard', 'soft', 'surplus', 'resolved', 'overwritten')),
  run_id       bigint NOT NULL,
  removed_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX tombstone_by_key ON pgtide.tombstone (map, direction, table_name, hashtextextended(row_key::text, 0));

-- Rows that `deletes: soft` has marked: to be unmarked if they come back.
ALTER TABLE pgtide.known_row ADD COLUMN soft_deleted boolean NOT NULL DEFAULT false;

-- This map removes rows from the table (key: none, or deletes:): no second one may.
ALTER TABLE pgtide.known_table ADD COLUMN removes boolean NOT NULL DEFAULT false;
UPDATE pgtide.known_table SET removes = keyless AND direction = 'forward';

-- Which run wrote a row that has this id.
ALTER TABLE pgtide.own_xact ADD COLUMN run_id bigint;
