#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/core/error.hpp"
#include "engine/pipeline/lanes.hpp"
#include "engine/pipeline/observer.hpp"
#include "engine/pipeline/retry.hpp"
#include "engine/pipeline/run.hpp"
#include "engine/pipeline/run_context.hpp"
#include "engine/pipeline/summary.hpp"
#include "engine/postgres/session.hpp"
#include "engine/state/glance.hpp"

namespace engine::pipeline {

// The account of a run: what is done, what failed, what waits for another attempt; kept for the attempts, told to the
// observer, and recorded in the state and in the summary. settle(), skip() and the questions may be called while lanes
// are at work.
class RunAccount {
 public:
  RunAccount(const RunContext& context, const RunOptions& options, Observer& observer);

  // For the state in the target; not cancelled by a stop, so that the run can be closed.
  postgres::Session& target() { return *target_; }
  // Anew for each attempt: nobody knows what became of the connection of the last one. `session`: one that is at hand.
  void disconnect() { target_.reset(); }
  void connect(std::unique_ptr<postgres::Session> session = nullptr);
  // While lanes are at work they have this session too. What is to be recorded meanwhile a lane's session records.
  std::unique_ptr<postgres::Session> lend_session() { return std::move(target_); }
  void take_back(std::unique_ptr<postgres::Session> session) { target_ = std::move(session); }

  void note_start();
  void begin(std::int64_t run_id) { summary_.run_id = run_id; }
  // The tables that this run is about.
  void is_about(std::vector<std::string> titles) { titles_ = std::move(titles); }
  const std::vector<std::string>& titles() const { return titles_; }

  bool is_done(const std::string& title) const { return done_.contains(title); }
  std::vector<std::string> titles_left() const;
  bool nothing_was_begun() const { return done_.empty() && waiting_.empty(); }
  // Why there is something left for another attempt.
  std::optional<std::string> why_not_done() const;
  // A table that was copied is done once more. False if it was not, or is to be done anyway.
  bool take_again(const std::string& title);
  void new_attempt() { waiting_.clear(); }

  // Tables whose last COMMIT was done, though nobody said so.
  void take_completed_from_state();
  // The first parent of the group that was not copied; empty if there is none.
  std::string parent_that_failed(const plan::Group& group) const;
  std::vector<TableOutcome> skip(const plan::Group& group, const std::string& parent) const;
  // Tables that are not begun in this attempt.
  std::vector<TableOutcome> put_off(const plan::Group& group, const Error& why) const;
  // What failed for a reason that may go away waits for the next attempt.
  // `lane`: that carried it out.
  void settle(TableOutcome outcome, Lane* lane = nullptr);
  void record(TableOutcome outcome);

  // For removing what the desktop has deleted, after the copy.
  bool is_copied(const std::string& title) const { return done_.contains(title) && !not_copied_.contains(title); }
  bool is_removed(const std::string& title) const { return removed_.contains(title); }
  // What that added to a table. Where it failed for a reason that may go away the next attempt does it.
  void settle_removal(TableOutcome outcome, Lane& lane);

  // False where it is no use any more, or the operator wants to stop.
  bool wait_to_try_again(const std::string& why);
  // The databases could not be reached again: what was not done yet has failed.
  void give_up(const Error& error);
  // What the next run is to find if this one gets to its end well.
  void leave_behind(std::optional<state::Glance> glance) { glance_ = std::move(glance); }
  // Nothing more is tried: what waits has failed, and the run has an end. `problem`: nothing could be begun.
  RunSummary close(const std::optional<Error>& problem);

 private:
  void record_now(TableOutcome outcome);
  void record_removal(TableOutcome outcome);
  void record_failure(TableOutcome& outcome);
  void write_failure(const TableOutcome& outcome);
  void once_more_if_lost(const std::function<void()>& work);
  void patiently(const std::function<void()>& work);
  void record_end(const std::optional<Error>& problem, std::optional<int> signal);
  void mark_tables(const Error& problem);
  void read_for_summary();
  void order_tables();
  bool is_in_summary(const std::string& title) const;

  const RunContext& context_;
  const RunOptions& options_;
  Observer& observer_;
  const Place to_;
  Patience patience_;
  std::unique_ptr<postgres::Session> target_;
  std::vector<std::string> titles_;
  mutable std::mutex mutex_;    // over what follows, while lanes are at work
  std::set<std::string> done_;  // tables of which nothing more is to be tried
  std::set<std::string> not_copied_;
  std::map<std::string, TableOutcome> waiting_;    // for the next attempt
  std::set<std::string> removed_;                  // tables whose deleted rows were removed, as far as that goes
  std::map<std::string, TableOutcome> unremoved_;  // tables for which that is still to be done
  bool overtaken_ = false;                         // another run has begun in our place: the state is its own
  bool state_is_lost_ = false;                     // the target cannot be reached: not tried again for each table
  std::optional<state::Glance> glance_;            // for the next run
  RunSummary summary_;
};

}  // namespace engine::pipeline
