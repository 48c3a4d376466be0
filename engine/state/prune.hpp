#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/postgres/session.hpp"
#include "engine/state/scope.hpp"

namespace engine::state {

// `pgtide prune`: history that is older than it is to be kept. Of one map and direction, in the database that it flows
// into. What the engine needs is no history: cursors, what is remembered of rows, rows that wait, discarded rows, days.

// What is older than this goes; times as PostgreSQL writes them.
struct Cutoff {
  std::string history;
  std::string events;
};
// By the clock of the database.
Cutoff cutoff(postgres::Session& session, std::int64_t keep_history_seconds, std::int64_t keep_events_seconds);

struct OldRows {
  std::string table;  // of the schema pgtide
  std::int64_t rows = 0;
  std::string oldest;  // ISO 8601, UTC; empty where there are none
  double oldest_age_seconds = 0;
};
// Kept whatever its age: the first and the newest run, the newest run of each table and its newest that succeeded,
// runs that go on, and the newest receipt of each table.
std::vector<OldRows> count_old(postgres::Session& session, const Scope& scope, const Cutoff& cutoff);

// Deletes them in small transactions of its own, so that nobody waits long, and returns how many were deleted.
// `stopped` is asked between them.
std::vector<OldRows> delete_old(postgres::Session& session, const Scope& scope, const Cutoff& cutoff,
                                const std::function<bool()>& stopped);

}  // namespace engine::state
