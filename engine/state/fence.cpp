#include "engine/state/fence.hpp"

#include "engine/core/error.hpp"
#include "engine/core/names.hpp"

namespace engine::state {
namespace {

std::string key(const Scope& scope) {
  return "pg_catalog.hashtextextended(" + literal("pgtide fence " + scope.way() + " " + scope.map) + ", 0)";
}

}  // namespace

std::string fence_statements(const Scope& scope, std::int64_t run_id) {
  return "SELECT pg_catalog.pg_advisory_xact_lock_shared(" + key(scope) +
         "); SELECT run_id AS current_run FROM pgtide.run WHERE finished_at IS NULL AND run_id = " +
         std::to_string(run_id);
}

void expect_current(const postgres::Result& fence) {
  if (fence.empty())
    throw Error(ErrorCode::already_running,
                "this run was taken for dead, and another one has begun in its place; it writes nothing more",
                "was the machine asleep, or its network gone? Nothing is lost: the other run does all of it");
}

std::string try_fence_statement(const Scope& scope) {
  return "SELECT pg_catalog.pg_try_advisory_xact_lock(" + key(scope) + ") AS nobody_writes";
}

void close_fence(postgres::Transaction& write, const Scope& scope) {
  // An advisory lock of 64 bits appears in pg_locks in two halves.
  write.run(
      "SELECT pg_catalog.pg_terminate_backend(l.pid) FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a ON "
      "a.pid = "
      "l.pid AND a.usename = current_user, (SELECT " +
      key(scope) +
      " AS id OFFSET 0) k WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted AND l.pid <> "
      "pg_catalog.pg_backend_pid() AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = "
      "pg_catalog.current_database()) AND (l.classid::bigint << 32 | l.objid::bigint) = k.id");
  try {
    write.run("SELECT pg_catalog.pg_advisory_xact_lock(" + key(scope) + ")");
  } catch (const Error& error) {
    if (error.sqlstate() != "55P03") throw;
    throw Error(ErrorCode::already_running,
                "a transaction of an earlier " + scope.way() + " run of map " + scope.map + " is still open",
                "it ends by itself when the server notices that its client is gone; try again in some minutes");
  }
}

}  // namespace engine::state
