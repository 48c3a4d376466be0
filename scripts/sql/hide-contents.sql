-- Hides the contents of rows from pgtide_monitor: of rows that wait in quarantine, of both sides of a conflict, of rows that
-- were removed. Keys, reasons and numbers it goes on seeing, so that every query of this folder, pgtide status, history,
-- coverage and quarantine list work for it as before. (pgtide conflicts list compares both rows, and needs the contents.)
--
-- An administrator, or the role that owns the schema pgtide, runs it once in each database, after roles.sql and pgtide init;
-- again if the schema pgtide was made anew. Another role: put its name in the place of pgtide_monitor.
REVOKE SELECT ON pgtide.quarantine, pgtide.conflict, pgtide.tombstone FROM pgtide_monitor;
GRANT SELECT (quarantine_id, map, direction, table_name, row_key, reason, sqlstate, detail, hint, first_seen, last_tried,
              attempts, given_up, last_seen_run, row_day) ON pgtide.quarantine TO pgtide_monitor;
GRANT SELECT (conflict_id, map, direction, table_name, row_key, kind, local_modified, remote_modified, resolution_strategy,
              detected_at, resolved_at, last_seen_run, decision, resolution) ON pgtide.conflict TO pgtide_monitor;
GRANT SELECT (tombstone_id, map, direction, table_name, row_key, how, run_id, removed_at) ON pgtide.tombstone
  TO pgtide_monitor;
