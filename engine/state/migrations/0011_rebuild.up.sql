-- What a first load dropped of its target, so that it takes less time, and has to make again. A row leaves in the
-- transaction in which its index is there again, or its foreign key has been checked.
CREATE TABLE pgtide.rebuild (
  rebuild_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  map           text NOT NULL,
  direction     text NOT NULL CHECK (direction IN ('forward', 'reverse')),
  table_name    text NOT NULL,
  kind          text NOT NULL CHECK (kind IN ('index', 'foreign_key')),
  target_schema text NOT NULL,
  target_table  text NOT NULL,
  object_schema text NOT NULL,
  object_name   text NOT NULL,
  definition    text NOT NULL,                -- the statement that makes it; of a foreign key NOT VALID
  further       text NOT NULL,                -- statements behind it, for comments and statistics; may be empty
  tablespace    text NOT NULL,                -- empty: that of the database
  step          text NOT NULL DEFAULT 'dropped' CHECK (step IN ('dropped', 'not_valid')),
  problem       text,                         -- why only a person can go on; the runs do not wait for it
  run_id        bigint NOT NULL,
  dropped_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  CHECK (kind = 'foreign_key' OR step = 'dropped')
);

-- The transaction put rows into an empty table, and changed none that was there.
ALTER TABLE pgtide.own_xact ADD COLUMN loads boolean NOT NULL DEFAULT false;
