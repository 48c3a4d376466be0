#include "engine/state/run.hpp"

namespace engine::state {

using postgres::Params;

bool try_lock(postgres::Transaction& transaction, const Scope& scope) {
  return transaction
      .run("SELECT pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended('pgtide ' || $1, 0)) AS mine",
           {scope.way() + " " + scope.map})
      .flag(0, "mine");
}

void close_dead_runs(postgres::Session& session, const Scope& scope) {
  session.run(
      "UPDATE pgtide.run SET status = 'killed', exit_status = 1, finished_at = clock_timestamp() "
      "WHERE map = $1 AND direction = $2 AND finished_at IS NULL",
      {scope.map, scope.way()});
}

std::int64_t start_run(postgres::Session& session, const Scope& scope, Mode mode) {
  return session
      .run("INSERT INTO pgtide.run (map, direction, mode) VALUES ($1, $2, $3) RETURNING run_id",
           {scope.map, scope.way(), std::string(name_of(mode))})
      .number(0, "run_id");
}

void finish_run(postgres::Session& session, std::int64_t run_id, const std::string& status, int exit_status) {
  session.run("UPDATE pgtide.run SET status = $2, exit_status = $3, finished_at = clock_timestamp() WHERE run_id = $1",
              {std::to_string(run_id), status, std::to_string(exit_status)});
}

void forget_old_transactions(postgres::Session& session, const std::string& map) {
  session.run(
      "DELETE FROM pgtide.own_xact WHERE map = $1 AND xid < "
      "pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot()) - 2147483648",
      {map});
}

void record_table_run(postgres::Session& session, std::int64_t run_id, const TableRun& t) {
  const auto n = [](std::int64_t number) { return std::to_string(number); };
  const auto text = [](const std::string& value) { return value.empty() ? std::nullopt : std::optional(value); };
  session.run(
      "INSERT INTO pgtide.table_run (run_id, table_name, status, rows_read, rows_inserted, rows_updated, "
      "rows_unchanged, "
      "rows_skipped, rows_quarantined, rows_conflicted, rows_deleted, bytes, duration_ms, round_trips, error_code, "
      "error) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
      Params{n(run_id), t.table, t.status, n(t.counts.read), n(t.counts.inserted), n(t.counts.updated),
             n(t.counts.unchanged), n(t.counts.skipped), n(t.counts.quarantined), n(t.counts.conflicted),
             n(t.counts.deleted), n(t.counts.bytes), n(t.duration_ms), n(t.round_trips), text(t.error_code),
             text(t.error)});
}

}  // namespace engine::state
