-- The state of what flows into this database, committed together with the rows.
CREATE SCHEMA IF NOT EXISTS pgtide;

CREATE TABLE pgtide.migration (
  version    integer PRIMARY KEY,
  applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  applied_by text NOT NULL
);

-- One row a table: what people look at.
CREATE TABLE pgtide.watermark (
  map                  text NOT NULL CHECK (map <> ''),
  direction            text NOT NULL CHECK (direction IN ('forward', 'reverse')),
  table_name           text NOT NULL CHECK (table_name <> ''),
  last_sync_timestamp  timestamptz NOT NULL DEFAULT 'epoch',
  newest_row           timestamptz,
  sync_status          text NOT NULL DEFAULT 'pending'
                       CHECK (sync_status IN ('pending', 'in_progress', 'completed', 'failed', 'skipped')),
  guarantee            text NOT NULL DEFAULT 'exact' CHECK (guarantee IN ('exact', 'best_effort')),
  last_sync_attempt    timestamptz,
  last_successful_sync timestamptz,
  error_count          integer NOT NULL DEFAULT 0 CHECK (error_count >= 0),
  last_error           text,
  last_error_code      text,
  next_retry_at        timestamptz,
  known_since          bigint,  -- oldest id running here when the table's first run began: older rows were there before
  created_at           timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at           timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (map, direction, table_name)
);

CREATE TABLE pgtide.run (
  run_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  map         text NOT NULL,
  direction   text NOT NULL CHECK (direction IN ('forward', 'reverse')),
  mode        text NOT NULL CHECK (mode IN ('full', 'incremental', 'reverse')),
  status      text NOT NULL DEFAULT 'in_progress',
  started_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  finished_at timestamptz,
  exit_status integer,
  CHECK ((finished_at IS NULL) = (exit_status IS NULL)),
  CHECK ((mode = 'reverse') = (direction = 'reverse'))
);
CREATE INDEX run_by_map ON pgtide.run (map, direction, started_at);

CREATE TABLE pgtide.table_run (
  run_id           bigint NOT NULL REFERENCES pgtide.run ON DELETE CASCADE,
  table_name       text NOT NULL,
  status           text NOT NULL CHECK (status IN ('ok', 'attention', 'failed', 'refused', 'fuse', 'skipped')),
  rows_read        bigint NOT NULL DEFAULT 0 CHECK (rows_read >= 0),
  rows_inserted    bigint NOT NULL DEFAULT 0 CHECK (rows_inserted >= 0),
  rows_updated     bigint NOT NULL DEFAULT 0 CHECK (rows_updated >= 0),
  rows_unchanged   bigint NOT NULL DEFAULT 0 CHECK (rows_unchanged >= 0),
  rows_skipped     bigint NOT NULL DEFAULT 0 CHECK (rows_skipped >= 0),
  rows_quarantined bigint NOT NULL DEFAULT 0 CHECK (rows_quarantined >= 0),
  rows_conflicted  bigint NOT NULL DEFAULT 0 CHECK (rows_conflicted >= 0),
  rows_deleted     bigint NOT NULL DEFAULT 0 CHECK (rows_deleted >= 0),
  bytes            bigint NOT NULL DEFAULT 0 CHECK (bytes >= 0),
  round_trips      bigint NOT NULL DEFAULT 0 CHECK (round_trips >= 0),
  duration_ms      bigint NOT NULL DEFAULT 0 CHECK (duration_ms >= 0),
  error_code       text,
  error            text,
  PRIMARY KEY (run_id, table_name),
  CONSTRAINT every_row_is_accounted_for CHECK (rows_read = rows_inserted + rows_updated + rows_unchanged + rows_skipped
                                                           + rows_quarantined + rows_conflicted)
);

CREATE TABLE pgtide.event (
  event_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run_id      bigint REFERENCES pgtide.run ON DELETE CASCADE,
  table_name  text,
  event_type  text NOT NULL,
  status      text NOT NULL,
  error_code  text,
  message     text,
  payload     jsonb NOT NULL DEFAULT '{}',
  duration_ms bigint,
  created_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX event_by_run ON pgtide.event (run_id);

CREATE TABLE pgtide.coverage (
  map          text NOT NULL,
  direction    text NOT NULL,
  table_name   text NOT NULL,
  sync_date    date NOT NULL,
  synced_at    timestamptz NOT NULL,
  items_synced bigint NOT NULL CHECK (items_synced >= 0),
  PRIMARY KEY (map, direction, table_name, sync_date),
  FOREIGN KEY (map, direction, table_name) REFERENCES pgtide.watermark ON DELETE CASCADE
);

CREATE TABLE pgtide.quarantine (
  map        text NOT NULL,
  direction  text NOT NULL,
  table_name text NOT NULL,
  row_key    jsonb NOT NULL,
  row_data   jsonb NOT NULL,
  reason     text NOT NULL,
  sqlstate   text,
  first_seen timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_tried timestamptz NOT NULL DEFAULT clock_timestamp(),
  attempts   integer NOT NULL DEFAULT 1 CHECK (attempts > 0),
  PRIMARY KEY (map, direction, table_name, row_key),
  FOREIGN KEY (map, direction, table_name) REFERENCES pgtide.watermark ON DELETE CASCADE
);

CREATE TABLE pgtide.conflict (
  conflict_id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  map                 text NOT NULL,
  direction           text NOT NULL,
  table_name          text NOT NULL,
  row_key             jsonb NOT NULL,
  kind                text NOT NULL CHECK (kind IN ('insert_exists', 'update_exists', 'update_missing', 'update_origin_differs',
                                                    'delete_missing', 'delete_origin_differs', 'multiple_unique_conflicts')),
  desktop_row         jsonb,
  cloud_row           jsonb,
  local_modified      timestamptz,
  remote_modified     timestamptz,
  resolution_strategy text NOT NULL CHECK (resolution_strategy IN ('desktop_wins', 'cloud_wins', 'last_update_wins', 'manual')),
  detected_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
  resolved_at         timestamptz,
  last_seen_run       bigint NOT NULL,
  FOREIGN KEY (map, direction, table_name) REFERENCES pgtide.watermark ON DELETE CASCADE
);
CREATE UNIQUE INDEX conflict_open ON pgtide.conflict (map, direction, table_name, row_key, kind) WHERE resolved_at IS NULL;

-- Where the next run of a table goes on: see docs/ARCHITECTURE.md, "Which rows are new".
CREATE TABLE pgtide.cursor (
  map             text NOT NULL,
  direction       text NOT NULL,
  table_name      text NOT NULL,
  next_xid        bigint NOT NULL,
  unfinished_xids bigint[] NOT NULL,
  ids_valid       boolean NOT NULL DEFAULT true,  -- false: the source went back since, the ids mean nothing any more
  table_oid       bigint NOT NULL,
  schema_hash     text NOT NULL,
  mapping_hash    text NOT NULL,
  read_counts     jsonb NOT NULL DEFAULT '{}',  -- rows of each table that an expression reads, where that decides
  run_id          bigint NOT NULL,  -- who set it: the fence against a second writer
  PRIMARY KEY (map, direction, table_name),
  FOREIGN KEY (map, direction, table_name) REFERENCES pgtide.watermark ON DELETE CASCADE
);

-- The database that a map's rows come from, to recognise it again.
CREATE TABLE pgtide.source (
  map               text NOT NULL,
  direction         text NOT NULL CHECK (direction IN ('forward', 'reverse')),
  system_identifier text NOT NULL,
  database_oid      bigint NOT NULL,
  timeline          text NOT NULL,
  anchor_token      text NOT NULL,
  anchor_xid        bigint NOT NULL,
  PRIMARY KEY (map, direction)
);

-- What we leave in a source: a restored backup does not have the newest token.
CREATE TABLE pgtide.anchor (
  map        text NOT NULL,
  direction  text NOT NULL CHECK (direction IN ('forward', 'reverse')),
  target     text NOT NULL,  -- system identifier and database oid of the database that reads from here
  token      text NOT NULL,
  previous   text NOT NULL,  -- the token that the reader knew: it may have died before it could note the new one
  written_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (map, direction, target)
);

-- The transactions in which we wrote rows: they are no news to the opposite direction.
CREATE TABLE pgtide.own_xact (
  map        text NOT NULL,
  table_name text NOT NULL,
  xid        bigint NOT NULL,
  PRIMARY KEY (map, table_name, xid)
);
