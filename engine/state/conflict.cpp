#include "engine/state/conflict.hpp"

namespace engine::state {

std::int64_t count_open_conflicts(postgres::Session& session, const Scope& scope) {
  return session
      .run("SELECT count(*) AS open FROM pgtide.conflict WHERE map = $1 AND direction = $2 AND resolved_at IS NULL",
           {scope.map, scope.way()})
      .number(0, "open");
}

void close_conflicts(postgres::Session& session, const Scope& scope, const std::string& table, std::int64_t run_id) {
  session.run(
      "UPDATE pgtide.conflict SET resolved_at = clock_timestamp() WHERE map = $1 AND direction = $2 AND table_name = "
      "$3 "
      "AND resolved_at IS NULL AND last_seen_run <> $4",
      {scope.map, scope.way(), table, std::to_string(run_id)});
}

}  // namespace engine::state
