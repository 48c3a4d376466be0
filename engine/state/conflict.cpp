#include "engine/state/conflict.hpp"

namespace engine::state {

std::int64_t count_open_conflicts(postgres::Session& session, const Scope& scope,
                                  const std::vector<std::string>& tables, bool but_deletes) {
  return session
      .run(
          "SELECT count(*) AS open FROM pgtide.conflict WHERE map = $1 AND direction = $2 AND resolved_at IS NULL "
          "AND table_name = ANY ($3::text[])" +
              std::string(but_deletes ? " AND kind <> 'delete_origin_differs'" : ""),
          {scope.map, scope.way(), postgres::array_literal(tables)})
      .number(0, "open");
}

std::map<std::string, std::vector<std::string>> read_open_conflicts(postgres::Session& session, const Scope& scope) {
  const auto found = session.run(
      "SELECT DISTINCT table_name, row_key::text AS row_key FROM pgtide.conflict "
      "WHERE map = $1 AND direction = $2 AND resolved_at IS NULL ORDER BY 1, 2",
      {scope.map, scope.way()});
  std::map<std::string, std::vector<std::string>> keys;
  for (std::size_t i = 0; i < found.size(); ++i) keys[found.text(i, "table_name")].push_back(found.text(i, "row_key"));
  return keys;
}

namespace {

void close(postgres::Session& session, const Scope& scope, const std::string& table, std::int64_t run_id,
           const std::string& condition) {
  session.run(
      "UPDATE pgtide.conflict SET resolved_at = clock_timestamp(), resolution = coalesce(decision, 'cause_gone') WHERE "
      "map = $1 AND direction = $2 AND table_name = "
      "$3 "
      "AND resolved_at IS NULL AND last_seen_run <> $4" +
          condition,
      {scope.map, scope.way(), table, std::to_string(run_id)});
}

}  // namespace

void close_conflicts(postgres::Session& session, const Scope& scope, const std::string& table, std::int64_t run_id,
                     bool but_deletes) {
  close(session, scope, table, run_id, but_deletes ? " AND kind <> 'delete_origin_differs'" : "");
}

void close_delete_conflicts(postgres::Session& session, const Scope& scope, const std::string& table,
                            std::int64_t run_id) {
  close(session, scope, table, run_id, " AND kind = 'delete_origin_differs'");
}

}  // namespace engine::state
