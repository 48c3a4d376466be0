#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/capture/idle.hpp"
#include "engine/pipeline/run.hpp"
#include "engine/pipeline/summary.hpp"
#include "engine/postgres/session.hpp"
#include "engine/postgres/transaction.hpp"
#include "engine/state/glance.hpp"
#include "engine/state/scope.hpp"

namespace engine::pipeline {

// A run that has a few new rows to copy and nothing else to do, in one transaction of the target and in few round
// trips. docs/ARCHITECTURE.md, "Few rows".

// What is not as it should be for a run without a plan, or without the ordinary steps: that is to do it.
struct NotAsUsual {};
inline void expect(bool as_usual) {
  if (!as_usual) throw NotAsUsual();
}

// What a look at both sides showed. The target's session is in the transaction that holds the lock of the run.
struct Sight {
  struct Table {
    std::string title;
    const config::Table* table;
    bool has_settled = false;  // rows of it are remembered, in their place
    std::int64_t packs = 0;    // ... and as they were loaded
    std::int64_t target_oid = 0;
  };
  std::vector<Table> tables;
  std::vector<capture::TableGlimpse> glimpses;  // of them, in the same order
  std::map<std::string, capture::Xid> known_since;
  std::string began;
  capture::Observation observation;  // before that look: tables without new rows are complete as of then
  std::string target_database;
  std::optional<capture::KnownSource> known;
  std::int64_t run_id = 0;  // that the run took, as long as it is not committed
};

// What it left. Nothing is committed yet.
struct SmallRun {
  std::string end;                               // SQL that is left to do in the transaction, before its COMMIT
  std::map<std::string, TableOutcome> outcomes;  // of the tables that had rows
};

// Begins the run, copies the new rows of the tables whose glimpse is fresh, and closes them, as part of `write`. Throws
// NotAsUsual, or what the servers said, wherever the ordinary run has to do it: once `write` is rolled back nothing is
// left of this but perhaps a mark in the source.
SmallRun copy_few_rows(const config::Settings& settings, const plan::Request& request, const RunOptions& options,
                       Observer& observer, const state::Scope& scope, Sight& sight, postgres::Session& source,
                       postgres::Transaction& write);

}  // namespace engine::pipeline
