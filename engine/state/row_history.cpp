#include "engine/state/row_history.hpp"

#include "engine/postgres/script.hpp"

namespace engine::state {
namespace {

std::string iso(const std::string& column, const std::string& name) {
  return "pg_catalog.to_char(" + column + " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS " + name;
}

std::string names_row(const std::string& contents) {
  return "map = $1 AND direction = $2 AND table_name = $3 AND NOT EXISTS (SELECT FROM "
         "pg_catalog.jsonb_each_text($4::jsonb) g WHERE " +
         contents + " ->> g.key IS DISTINCT FROM g.value)";
}

}  // namespace

std::optional<PastRun> read_run(postgres::Session& session, std::int64_t run_id) {
  const auto found = session.run("SELECT mode, " + iso("started_at", "started") + " FROM pgtide.run WHERE run_id = $1",
                                 {std::to_string(run_id)});
  if (found.empty()) return std::nullopt;
  return PastRun{run_id, found.text(0, "mode"), found.text(0, "started"), "", ""};
}

std::optional<PastRun> read_last_run(postgres::Session& session, const Scope& scope, const std::string& table) {
  const auto found = session.run("SELECT r.run_id, r.mode, " + iso("r.started_at", "started") +
                                     ", t.status, t.error FROM pgtide.table_run t JOIN pgtide.run r USING (run_id) "
                                     "WHERE r.map = $1 AND r.direction = $2 AND t.table_name = $3 ORDER BY r.run_id "
                                     "DESC LIMIT 1",
                                 {scope.map, scope.way(), table});
  if (found.empty()) return std::nullopt;
  return PastRun{found.number(0, "run_id"), found.text(0, "mode"), found.text(0, "started"), found.text(0, "status"),
                 found.cell(0, "error").value_or("")};
}

std::vector<Removal> read_removals(postgres::Session& session, const Scope& scope, const std::string& table,
                                   const std::string& row_key) {
  const auto found = session.run("SELECT tombstone_id, how, run_id, " + iso("removed_at", "removed") +
                                     " FROM pgtide.tombstone WHERE " + names_row("(row_data || row_key)") +
                                     " ORDER BY tombstone_id DESC LIMIT 10",
                                 {scope.map, scope.way(), table, row_key});
  std::vector<Removal> removals;
  for (std::size_t i = 0; i < found.size(); ++i)
    removals.push_back(
        {found.number(i, "tombstone_id"), found.text(i, "how"), found.number(i, "run_id"), found.text(i, "removed")});
  return removals;
}

std::vector<Discarded> read_discarded(postgres::Session& session, const Scope& scope, const std::string& table,
                                      const std::string& row_key) {
  const auto found =
      session.run("SELECT reason, contents, " + iso("discarded_at", "discarded") + " FROM pgtide.discarded WHERE " +
                      names_row("row_key") + " ORDER BY discarded_id DESC LIMIT 10",
                  {scope.map, scope.way(), table, row_key});
  std::vector<Discarded> rows;
  for (std::size_t i = 0; i < found.size(); ++i)
    rows.push_back({found.text(i, "reason"), found.text(i, "contents"), found.text(i, "discarded")});
  return rows;
}

std::string known_since_statement(const Scope& scope) {
  return postgres::bound(
      "SELECT table_name, CASE WHEN pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot()) - known_since >= "
      "2147483648 "
      "THEN -1 ELSE known_since END AS known_since FROM pgtide.watermark WHERE map = $1 AND direction = $2 AND "
      "known_since IS NOT NULL",
      {scope.map, scope.way()});
}

std::map<std::string, capture::Xid> read_known_since(postgres::Session& session, const Scope& scope) {
  return known_since_of(session.run(known_since_statement(scope)));
}

std::map<std::string, capture::Xid> known_since_of(const postgres::Result& found) {
  std::map<std::string, capture::Xid> known;
  for (std::size_t i = 0; i < found.size(); ++i) known[found.text(i, "table_name")] = found.number(i, "known_since");
  return known;
}

}  // namespace engine::state
