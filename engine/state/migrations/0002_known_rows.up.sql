-- What is remembered of each row that a map wrote here, or found here as it should be: see docs/ARCHITECTURE.md, "Who
-- changed a row".
CREATE TABLE pgtide.known_table (
  known_id      integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  map           text NOT NULL,
  direction     text NOT NULL,
  table_name    text NOT NULL,
  table_oid     bigint NOT NULL,   -- another one: the table was made anew, and what was known of its rows is forgotten
  key_columns   text[] NOT NULL,
  image_columns text[] NOT NULL,   -- those that the image is made of, in this order
  hash          text NOT NULL CHECK (hash IN ('record', 'text')),  -- how: hash_record_extended(), or of the text
  keyless       boolean NOT NULL,  -- key_columns are those of the cloud's number
  adopting      boolean NOT NULL DEFAULT true,  -- until the table was compared whole for the first time
  UNIQUE (map, direction, table_name),
  FOREIGN KEY (map, direction, table_name) REFERENCES pgtide.watermark ON DELETE CASCADE
);

CREATE TABLE pgtide.known_row (
  known_id integer NOT NULL,  -- of known_table; no foreign key, it would be checked for each row of a first load
  key_hash bigint NOT NULL,
  image    bigint,            -- hash of the contents that both sides last agreed on; NULL: not known
  number   text[],            -- without a key: the values that identify the row in the cloud
  PRIMARY KEY (known_id, key_hash)
);

-- The same, as it came with the rows of a first load: without an index, until somebody looks something up.
CREATE TABLE pgtide.known_loaded (
  known_id integer NOT NULL,
  key_hash bigint NOT NULL,
  image    bigint NOT NULL
);

-- Without a key a row is named by all its columns, which an index could not hold.
DROP INDEX pgtide.conflict_open;
CREATE UNIQUE INDEX conflict_open ON pgtide.conflict (map, direction, table_name, hashtextextended(row_key::text, 0), kind)
  WHERE resolved_at IS NULL;

-- The database that this state was made in: elsewhere the transaction ids in it mean nothing.
CREATE TABLE pgtide.home (
  database text PRIMARY KEY  -- system identifier and database oid
);

-- Nothing is known of the rows yet: look at all of them once.
DELETE FROM pgtide.cursor;
