#include "engine/state/run.hpp"

#include "engine/postgres/script.hpp"

namespace engine::state {

using postgres::Params;

namespace {

// The lock of a map and direction, of the text $1.
const std::string lock_key = "pg_catalog.hashtextextended('pgtide ' || $1, 0)";

std::string lock_name(const Scope& scope) { return scope.way() + " " + scope.map; }

}  // namespace

bool try_lock(postgres::Transaction& transaction, const Scope& scope) {
  return transaction.run("SELECT pg_catalog.pg_try_advisory_xact_lock(" + lock_key + ") AS mine", {lock_name(scope)})
      .flag(0, "mine");
}

std::string try_lock_statement(const Scope& scope) {
  return postgres::bound("SELECT pg_catalog.pg_try_advisory_xact_lock(" + lock_key + ") AS mine", {lock_name(scope)});
}

bool is_running(postgres::Session& session, const Scope& scope) {
  return session
      .run("SELECT EXISTS (SELECT FROM pg_catalog.pg_locks l, (SELECT " + lock_key +
               " AS key OFFSET 0) k WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.database = "
               "(SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()) AND "
               "l.classid::bigint = (k.key >> 32) & 4294967295 AND l.objid::bigint = k.key & 4294967295) AS held",
           {lock_name(scope)})
      .flag(0, "held");
}

void close_dead_runs(postgres::Session& session, const Scope& scope) {
  const postgres::Params of_scope = {scope.map, scope.way()};
  constexpr const char* broke_off = "the run was killed, or its machine or network went; the next run goes on";
  session.run(
      "INSERT INTO pgtide.table_run (run_id, table_name, status, rows_read, rows_inserted, rows_updated, "
      "rows_unchanged, "
      "rows_skipped, rows_quarantined, rows_conflicted, rows_deleted, bytes, error_code, error) "
      "SELECT p.run_id, p.table_name, 'failed', p.rows_read, p.rows_inserted, p.rows_updated, p.rows_unchanged, "
      "p.rows_skipped, p.rows_quarantined, p.rows_conflicted, p.rows_deleted, p.bytes, 'interrupted', $3 "
      "FROM pgtide.progress p JOIN pgtide.run r USING (run_id) "
      "WHERE p.map = $1 AND p.direction = $2 AND r.finished_at IS NULL ON CONFLICT DO NOTHING",
      {scope.map, scope.way(), std::string(broke_off)});
  session.run(
      "UPDATE pgtide.watermark SET sync_status = 'failed', error_count = error_count + 1, last_error_code = "
      "'interrupted', last_error = $3, updated_at = clock_timestamp() "
      "WHERE map = $1 AND direction = $2 AND sync_status = 'in_progress'",
      {scope.map, scope.way(), std::string(broke_off)});
  session.run(
      "UPDATE pgtide.run SET status = 'killed', exit_status = 1, finished_at = clock_timestamp() "
      "WHERE map = $1 AND direction = $2 AND finished_at IS NULL",
      of_scope);
}

std::string start_run_statement(const Scope& scope, Mode mode) {
  return postgres::bound("INSERT INTO pgtide.run (map, direction, mode) VALUES ($1, $2, $3) RETURNING run_id",
                         {scope.map, scope.way(), std::string(name_of(mode))});
}

std::int64_t start_run(postgres::Session& session, const Scope& scope, Mode mode, std::int64_t taken) {
  if (taken == 0) return session.run(start_run_statement(scope, mode)).number(0, "run_id");
  session.later("INSERT INTO pgtide.run (run_id, map, direction, mode) OVERRIDING SYSTEM VALUE VALUES ($4, $1, $2, $3)",
                {scope.map, scope.way(), std::string(name_of(mode)), std::to_string(taken)});
  return taken;
}

bool has_begun(postgres::Session& session, std::int64_t run_id) {
  return session.run("SELECT EXISTS (SELECT FROM pgtide.run WHERE run_id = $1) AS begun", {std::to_string(run_id)})
      .flag(0, "begun");
}

std::string finish_run_statement(std::int64_t run_id, const std::string& status, int exit_status) {
  return postgres::bound(
      "UPDATE pgtide.run SET status = $2, exit_status = $3, finished_at = clock_timestamp() "
      "WHERE run_id = $1 AND finished_at IS NULL",
      {std::to_string(run_id), status, std::to_string(exit_status)});
}

bool finish_run(postgres::Session& session, std::int64_t run_id, const std::string& status, int exit_status) {
  return session.run(finish_run_statement(run_id, status, exit_status)).affected == 1;
}

bool has_ended_itself(postgres::Session& session, std::int64_t run_id) {
  return session
      .run(
          "SELECT EXISTS (SELECT FROM pgtide.run WHERE run_id = $1 AND finished_at IS NOT NULL AND status <> "
          "'killed') AS ended",
          {std::to_string(run_id)})
      .flag(0, "ended");
}

void forget_old_transactions(postgres::Session& session, const std::string& map) {
  session.later(
      "DELETE FROM pgtide.own_xact WHERE map = $1 AND xid < "
      "pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot()) - 2147483648",
      {map});
}

void record_table_run(postgres::Session& session, std::int64_t run_id, const TableRun& t) {
  const auto n = [](std::int64_t number) { return std::to_string(number); };
  const auto text = [](const std::string& value) { return value.empty() ? std::nullopt : std::optional(value); };
  session.later(
      "INSERT INTO pgtide.table_run AS t (run_id, table_name, status, rows_read, rows_inserted, rows_updated, "
      "rows_unchanged, "
      "rows_skipped, rows_quarantined, rows_conflicted, rows_deleted, bytes, duration_ms, round_trips, error_code, "
      "error, hint) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) "
      "ON CONFLICT (run_id, table_name) DO UPDATE SET status = excluded.status, rows_read = t.rows_read + "
      "excluded.rows_read, rows_inserted = t.rows_inserted + excluded.rows_inserted, rows_updated = t.rows_updated + "
      "excluded.rows_updated, rows_unchanged = t.rows_unchanged + excluded.rows_unchanged, rows_skipped = "
      "t.rows_skipped "
      "+ excluded.rows_skipped, rows_quarantined = t.rows_quarantined + excluded.rows_quarantined, rows_conflicted = "
      "t.rows_conflicted + excluded.rows_conflicted, rows_deleted = t.rows_deleted + excluded.rows_deleted, bytes = "
      "t.bytes + excluded.bytes, duration_ms = t.duration_ms + excluded.duration_ms, round_trips = t.round_trips + "
      "excluded.round_trips, error_code = excluded.error_code, error = excluded.error, hint = excluded.hint",
      Params{n(run_id), t.table, t.status, n(t.counts.read), n(t.counts.inserted), n(t.counts.updated),
             n(t.counts.unchanged), n(t.counts.skipped), n(t.counts.quarantined), n(t.counts.conflicted),
             n(t.counts.deleted), n(t.counts.bytes), n(t.duration_ms), n(t.round_trips), text(t.error_code),
             text(t.error), text(t.hint)});
}

void add_to_table_run(postgres::Session& session, std::int64_t run_id, const std::string& table, const Counts& more) {
  const auto n = [](std::int64_t number) { return std::to_string(number); };
  session.later(
      "UPDATE pgtide.table_run SET rows_read = rows_read + $3, rows_conflicted = rows_conflicted + $4, rows_deleted = "
      "rows_deleted + $5, status = CASE WHEN $4 > 0 THEN 'attention' ELSE status END WHERE run_id = $1 AND table_name "
      "= "
      "$2",
      {n(run_id), table, n(more.read), n(more.conflicted), n(more.deleted)});
}

std::map<std::string, TableRun> read_completed_tables(postgres::Session& session, std::int64_t run_id) {
  const auto found = session.run(
      "SELECT table_name, status, rows_read, rows_inserted, rows_updated, rows_unchanged, rows_skipped, "
      "rows_quarantined, rows_conflicted, rows_deleted, bytes, duration_ms, round_trips FROM pgtide.table_run "
      "WHERE run_id = $1 AND status IN ('ok', 'attention')",
      {std::to_string(run_id)});
  std::map<std::string, TableRun> tables;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto number = [&](const char* column) { return found.number(i, column); };
    TableRun table;
    table.table = found.text(i, "table_name");
    table.status = found.text(i, "status");
    table.counts = {number("rows_read"),       number("rows_inserted"), number("rows_updated"),
                    number("rows_unchanged"),  number("rows_skipped"),  number("rows_quarantined"),
                    number("rows_conflicted"), number("rows_deleted"),  number("bytes")};
    table.duration_ms = number("duration_ms");
    table.round_trips = number("round_trips");
    tables.emplace(table.table, std::move(table));
  }
  return tables;
}

}  // namespace engine::state
