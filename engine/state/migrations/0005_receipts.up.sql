-- What `pgtide verify` found: the sum of the rows' hashes (modulo 2^64, as hex) on both sides, each receipt with the hash of the
-- one before it of the same table.
CREATE TABLE pgtide.receipt (
  receipt_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  map          text NOT NULL,
  direction    text NOT NULL CHECK (direction IN ('forward', 'reverse')),
  table_name   text NOT NULL,
  made_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  source_rows  bigint NOT NULL CHECK (source_rows >= 0),
  source_hash  text NOT NULL,
  target_rows  bigint NOT NULL CHECK (target_rows >= 0),  -- of those whose keys the source has
  target_hash  text NOT NULL,
  differences  bigint NOT NULL CHECK (differences >= 0),
  previous     text NOT NULL,  -- receipt_hash of the one before; empty: there was none
  receipt_hash text NOT NULL
);
CREATE INDEX receipt_by_table ON pgtide.receipt (map, direction, table_name, receipt_id);
