#pragma once

#include <memory>
#include <optional>
#include <stop_token>

#include "engine/capture/source.hpp"
#include "engine/config/settings.hpp"
#include "engine/pipeline/run_context.hpp"
#include "engine/postgres/transaction.hpp"
#include "engine/state/scope.hpp"

namespace engine::pipeline {

// The source of a run: what it looked like before the rows were read, the snapshot that they are read from, and whether
// it is the database that the cursors are about. docs/ARCHITECTURE.md, "Which rows are new". One thread at a time.
class SourceWatch {
 public:
  // Connects. Throws Error(unavailable).
  SourceWatch(const config::Settings& settings, const state::Scope& scope, std::stop_token stop);

  // For looking at the source, outside of the snapshot.
  postgres::Session& session() { return session_; }

  // What the opposite direction remembers is put where it is looked up, before the snapshot, which would not show it.
  void settle();

  // Fills `observation` and `snapshot` of the run. What the tables look like is read in the same snapshot as their
  // rows: a change of the schema that it does not show is found by the next run.
  void take_snapshot(RunContext& run);
  void release_snapshot() { snapshot_.reset(); }

  // Fills `trusted` of the run. Throws Error(refused) if it is another database than before.
  void recognise(RunContext& run, postgres::Session& target);

  // After recognise(): a mark in the source, by which the next run knows it again, and what the state knows of it.
  void leave_anchor(RunContext& run, postgres::Session& target);

 private:
  const config::Settings& settings_;
  const state::Scope scope_;
  const Place place_;
  postgres::Session session_;
  postgres::Session snapshot_session_;  // keeps the snapshot that everything is read from
  std::unique_ptr<postgres::Transaction> snapshot_;
  std::optional<capture::KnownSource> known_;  // by the state, before this run
  capture::Sighting sighting_;
};

}  // namespace engine::pipeline
