#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/capture/cursor.hpp"
#include "engine/postgres/session.hpp"
#include "engine/state/scope.hpp"

namespace engine::state {

// What the history says of one row, for people. Times are ISO 8601, UTC.

struct PastRun {
  std::int64_t run_id = 0;
  std::string mode;
  std::string started_at;
  std::string status;  // of the table in it, where it was asked for
  std::string error;
};
// Nothing if it was pruned.
std::optional<PastRun> read_run(postgres::Session& session, std::int64_t run_id);
// What became of the table in the last run that handled it.
std::optional<PastRun> read_last_run(postgres::Session& session, const Scope& scope, const std::string& table);

// pgtide.tombstone; the newest first. `row_key`: a jsonb object, compared as text with the row's key and contents.
struct Removal {
  std::int64_t id = 0;
  std::string how;
  std::int64_t run_id = 0;
  std::string removed_at;
};
std::vector<Removal> read_removals(postgres::Session& session, const Scope& scope, const std::string& table,
                                   const std::string& row_key);

// pgtide.discarded; the newest first.
struct Discarded {
  std::string reason;
  std::string contents;  // their hash
  std::string discarded_at;
};
std::vector<Discarded> read_discarded(postgres::Session& session, const Scope& scope, const std::string& table,
                                      const std::string& row_key);

// As mark_in_progress() returns it, by table; nothing before a table's first run.
std::map<std::string, capture::Xid> read_known_since(postgres::Session& session, const Scope& scope);
std::string known_since_statement(const Scope& scope);
std::map<std::string, capture::Xid> known_since_of(const postgres::Result& found);

}  // namespace engine::state
