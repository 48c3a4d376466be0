#pragma once

#include <memory>
#include <optional>
#include <stop_token>

#include "engine/capture/source.hpp"
#include "engine/config/settings.hpp"
#include "engine/pipeline/preparation.hpp"
#include "engine/pipeline/run_context.hpp"
#include "engine/postgres/transaction.hpp"
#include "engine/state/access.hpp"
#include "engine/state/scope.hpp"

namespace engine::pipeline {

// The source of a run: what it looked like before the rows were read, the snapshot that they are read from, and whether
// it is the database that the cursors are about. docs/ARCHITECTURE.md, "Which rows are new". One thread at a time.
//
// Where nothing may be written in the source, nothing is: a standby, a role without rights,
// default_transaction_read_only.
class SourceWatch {
 public:
  // Connects, with one session more where one is at hand. Throws Error(unavailable).
  SourceWatch(const config::Settings& settings, const state::Scope& scope, std::stop_token stop,
              std::unique_ptr<postgres::Session> session);

  // For looking at the source, outside of the snapshot.
  postgres::Session& session() { return *session_; }

  // The state in the source may be created, upgraded and written.
  bool may_write() const { return access_ == state::Access::write; }

  // What the opposite direction remembers is put where it is looked up, before the snapshot, which would not show it.
  void settle();

  // Fills `observation` and `snapshot` of the run. What the tables look like is read in the same snapshot as their
  // rows: a change of the schema that it does not show is found by the next run.
  void take_snapshot(RunContext& run);
  void release_snapshot() { snapshot_.reset(); }

  // The source as the snapshot shows it.
  SourceView view();
  // A standby hands its snapshot to no other session: there everything is read in this one, one after the other. Else
  // nullptr.
  postgres::Session* only_reader();

  // session(), for a lane to read with: from then on nothing may be asked of it here. nullptr on a standby.
  std::unique_ptr<postgres::Session> lend_session() { return only_reader() ? nullptr : std::move(session_); }

  // Fills `trusted` of the run. Throws Error(refused) if it is another database than before.
  void recognise(RunContext& run, postgres::Session& target);

  // After recognise(): a mark by which the next run knows the source again, in the source where that may be, and what
  // the state knows of it.
  void leave_mark(RunContext& run, postgres::Session& target);

 private:
  capture::KnownSource mark(RunContext& run, postgres::Session& target);
  void throw_if_another_server(const RunContext& run, const capture::Server& server) const;

  const config::Settings& settings_;
  const state::Scope scope_;
  const Place place_;
  std::unique_ptr<postgres::Session> session_;
  postgres::Session snapshot_session_;  // keeps the snapshot that everything is read from
  state::Access access_;
  std::unique_ptr<postgres::Transaction> snapshot_;
  std::string snapshot_id_;                    // empty on a standby
  std::optional<capture::KnownSource> known_;  // by the state, before this run
  capture::SourceIdentity identity_;
};

}  // namespace engine::pipeline
