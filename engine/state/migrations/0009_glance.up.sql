-- What the last completed run was planned from: the next one sees at a glance whether anything changed. See
-- docs/ARCHITECTURE.md, "Glance".
CREATE TABLE pgtide.glance (
  map          text NOT NULL,
  direction    text NOT NULL CHECK (direction IN ('forward', 'reverse')),
  map_print    text NOT NULL,                  -- fingerprint of the map and of the program
  source_print text NOT NULL,                  -- of all that a plan may depend on in the source
  target_print text NOT NULL,
  warnings     text[] NOT NULL,                -- about the map, for people
  PRIMARY KEY (map, direction)
);
CREATE TABLE pgtide.glance_table (
  map          text NOT NULL,
  direction    text NOT NULL,
  table_name   text NOT NULL,
  counted      boolean NOT NULL,               -- compared whole unless numbers of rows are those of the last run
  read_schemas text[] NOT NULL,                -- the tables that its expressions read
  read_names   text[] NOT NULL,
  PRIMARY KEY (map, direction, table_name),
  FOREIGN KEY (map, direction) REFERENCES pgtide.glance ON DELETE CASCADE
);
