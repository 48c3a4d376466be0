#include "engine/pipeline/run_account.hpp"

#include <algorithm>
#include <utility>

#include "engine/core/fault_point.hpp"
#include "engine/pipeline/fenced_transaction.hpp"
#include "engine/pipeline/read_limit.hpp"
#include "engine/plan/repair.hpp"
#include "engine/state/conflict.hpp"
#include "engine/state/event.hpp"
#include "engine/state/quarantine.hpp"
#include "engine/state/run.hpp"
#include "engine/state/watermark.hpp"

namespace engine::pipeline {
namespace {

std::string now_at(postgres::Session& session) {
  return session
      .run(
          "SELECT pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', "
          "'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS now")
      .text(0, "now");
}

bool was_copied(const TableOutcome& outcome) { return outcome.status == "ok" || outcome.status == "attention"; }

void blame(TableOutcome& outcome, const Error& error) {
  outcome.code = error.code();
  outcome.error = error.what();
  outcome.hint = error.hint();
  outcome.retryable = error.retryable();
  outcome.interrupted = error.code() == ErrorCode::interrupted;
}

// While our own session is lent: that of a lane which has just ended its work, for as long as this lives.
class Borrowed {
 public:
  Borrowed(std::unique_ptr<postgres::Session>& session, Lane* lane)
      : session_(session), lane_(session ? nullptr : lane) {
    if (lane_) session_ = lane_->hand_over_target();
  }
  ~Borrowed() {
    if (lane_) lane_->take_over(nullptr, std::move(session_));
  }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;

 private:
  std::unique_ptr<postgres::Session>& session_;
  Lane* const lane_;
};

}  // namespace

RunAccount::RunAccount(const RunContext& context, const RunOptions& options, Observer& observer)
    : context_(context),
      options_(options),
      observer_(observer),
      to_(target_of(context.scope.direction)),
      patience_(options.retry_for) {
  summary_.map = context.scope.map;
  summary_.mode = context.request.mode;
}

void RunAccount::connect(std::unique_ptr<postgres::Session> session) {
  disconnect();
  target_ = session ? std::move(session) : std::make_unique<postgres::Session>(context_.settings.url(to_), to_);
}

void RunAccount::note_start() { summary_.started_at = now_at(*target_); }

std::vector<std::string> RunAccount::titles_left() const {
  std::vector<std::string> left;
  for (const auto& title : titles_)
    if (!done_.contains(title)) left.push_back(title);
  return left;
}

std::optional<std::string> RunAccount::why_not_done() const {
  if (!waiting_.empty()) return waiting_.begin()->second.error;
  return unremoved_.empty() ? std::nullopt : std::optional(unremoved_.begin()->second.error);
}

bool RunAccount::take_again(const std::string& title) { return !not_copied_.contains(title) && done_.erase(title) > 0; }

void RunAccount::take_completed_from_state() {
  for (const auto& [title, table] : state::read_completed_tables(*target_, context_.run_id)) {
    if (const auto known = std::ranges::find(summary_.tables, title, &TableOutcome::table);
        known != summary_.tables.end()) {
      known->counts = table.counts;
      if (was_copied(*known)) known->status = table.status;
      continue;
    }
    TableOutcome outcome;
    outcome.table = title;
    outcome.status = table.status;
    outcome.counts = table.counts;
    outcome.seconds = static_cast<double>(table.duration_ms) / 1000;
    record(outcome);
  }
}

std::string RunAccount::parent_that_failed(const plan::Group& group) const {
  const std::lock_guard guard(mutex_);
  for (const auto task : group.tasks) {
    const auto parents = context_.plan.parents.find(task);
    if (parents == context_.plan.parents.end()) continue;
    for (const auto& parent : parents->second)
      if (not_copied_.contains(parent) || waiting_.contains(parent)) return parent;
  }
  return "";
}

std::vector<TableOutcome> RunAccount::skip(const plan::Group& group, const std::string& parent) const {
  const std::lock_guard guard(mutex_);
  std::vector<TableOutcome> outcomes;
  for (const auto task : group.tasks) {
    TableOutcome outcome;
    outcome.table = context_.plan.tasks[task].title;
    outcome.guarantee = context_.plan.tasks[task].guarantee;
    outcome.status = "skipped";
    outcome.error = "table " + parent + ", which it refers to, was not copied";
    outcome.retryable = waiting_.contains(parent);
    outcomes.push_back(outcome);
  }
  return outcomes;
}

std::vector<TableOutcome> RunAccount::put_off(const plan::Group& group, const Error& why) const {
  std::vector<TableOutcome> outcomes;
  for (const auto task : group.tasks) {
    TableOutcome outcome;
    outcome.table = context_.plan.tasks[task].title;
    outcome.guarantee = context_.plan.tasks[task].guarantee;
    outcome.status = "failed";
    blame(outcome, why);
    outcomes.push_back(outcome);
  }
  return outcomes;
}

void RunAccount::settle(TableOutcome outcome, Lane* lane) {
  const std::lock_guard guard(mutex_);
  const bool copied = was_copied(outcome);
  if (!copied && outcome.retryable && !options_.stop.stop_requested()) {
    waiting_[outcome.table] = std::move(outcome);
    return;
  }
  const Borrowed session(target_, copied ? nullptr : lane);
  record_now(std::move(outcome));
}

// Tables that are not `ok` get their line in the state here; the others have it since their last commit.
void RunAccount::record(TableOutcome outcome) {
  const std::lock_guard guard(mutex_);
  record_now(std::move(outcome));
}

void RunAccount::record_now(TableOutcome outcome) {
  done_.insert(outcome.table);
  overtaken_ = overtaken_ || outcome.code == ErrorCode::already_running;
  if (!was_copied(outcome)) {
    not_copied_.insert(outcome.table);
    if (!overtaken_ && !state_is_lost_) record_failure(outcome);
  }
  observer_.table_finished(outcome);
  const auto before = std::ranges::find(summary_.tables, outcome.table, &TableOutcome::table);
  if (before == summary_.tables.end()) {
    summary_.tables.push_back(std::move(outcome));
  } else {  // it was taken along for its children
    outcome.counts += before->counts;
    outcome.seconds += before->seconds;
    *before = std::move(outcome);
  }
}

void RunAccount::settle_removal(TableOutcome outcome, Lane& lane) {
  const std::lock_guard guard(mutex_);
  const Borrowed session(target_, was_copied(outcome) ? nullptr : &lane);
  unremoved_.erase(outcome.table);
  removed_.erase(outcome.table);
  if (was_copied(outcome)) removed_.insert(outcome.table);
  if (was_copied(outcome) || !outcome.retryable || options_.stop.stop_requested())
    record_removal(std::move(outcome));
  else
    unremoved_[outcome.table] = std::move(outcome);
}

// The table was copied, and stays so whatever became of this.
void RunAccount::record_removal(TableOutcome outcome) {
  const auto table = std::ranges::find(summary_.tables, outcome.table, &TableOutcome::table);
  const bool done = was_copied(outcome);
  overtaken_ = overtaken_ || outcome.code == ErrorCode::already_running;
  if (!done && !overtaken_ && !state_is_lost_) record_failure(outcome);
  const Counts added = outcome.counts;
  outcome.counts += table->counts;
  outcome.seconds += table->seconds;
  if (done && table->status == "attention") outcome.status = table->status;
  *table = std::move(outcome);
  if (!done || added != Counts()) observer_.table_finished(*table);
}

bool RunAccount::is_in_summary(const std::string& title) const {
  return std::ranges::find(summary_.tables, title, &TableOutcome::table) != summary_.tables.end();
}

// The state is another run's if one has begun in our place: then that is what became of the table.
void RunAccount::record_failure(TableOutcome& outcome) {
  try {
    once_more_if_lost([&] {
      FencedTransaction write(*target_, context_);
      write_failure(outcome);
      write.commit();
    });
  } catch (const Error& error) {
    overtaken_ = error.code() == ErrorCode::already_running;
    state_is_lost_ = error.code() == ErrorCode::unavailable;
    if (overtaken_)
      blame(outcome, error);
    else
      observer_.warning(outcome.table, std::string("its state could not be written: ") + error.what());
  }
}

void RunAccount::write_failure(const TableOutcome& outcome) {
  const std::string code = outcome.code ? status_name(exit_status(*outcome.code)) : "";
  if (repairs(context_.request.mode)) {
    // the table stands where it stood
  } else if (outcome.status == "skipped" || outcome.interrupted) {
    state::mark_untouched(*target_, context_.scope, outcome.table, outcome.interrupted ? "pending" : "skipped",
                          outcome.error);
  } else {
    state::mark_failed(*target_, context_.scope, outcome.table, code, outcome.error, outcome.retryable);
  }
  state::record_table_run(*target_, context_.run_id,
                          {outcome.table, outcome.status, outcome.counts,
                           static_cast<std::int64_t>(outcome.seconds * 1000), 0, code, outcome.error, outcome.hint});
  state::record_event(*target_,
                      {context_.run_id, outcome.table, "table_finished", outcome.status, outcome.error, code});
}

// The session was idle while the tables were copied: if it is gone, once more with a new one.
void RunAccount::once_more_if_lost(const std::function<void()>& work) {
  try {
    if (!target_ || !target_->is_open()) connect();
    return work();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::unavailable) throw;
  }
  connect();
  work();
}

// Like an attempt: as long as the patience lasts, each time with a new connection.
void RunAccount::patiently(const std::function<void()>& work) {
  for (;;) {
    try {
      once_more_if_lost(work);
      return patience_.got_something_done();
    } catch (const Error& error) {
      if (!error.retryable() || !wait_to_try_again(error.what())) throw;
      target_.reset();
    }
  }
}

bool RunAccount::wait_to_try_again(const std::string& why) {
  const bool got_further = context_.steps_forward.exchange(0) > 0;
  if (got_further) patience_.got_something_done();
  if (got_further && context_.read_limit_reached.exchange(false) && !options_.stop.stop_requested()) {
    observer_.warning("", std::string(read_for_too_long(context_).what()) + ". Going on with a new look at it");
    return true;
  }
  const auto wait = options_.stop.stop_requested() ? std::nullopt : patience_.next_wait();
  if (!wait) return false;
  observer_.warning("", fmt::format("{}. Trying again in {:.1f} s, for {} s at most", why,
                                    static_cast<double>(wait->count()) / 1000, patience_.left().count()));
  return wait_for(*wait, options_.stop);
}

void RunAccount::give_up(const Error& error) {
  try {
    if (!target_ || !target_->is_open()) connect();
    take_completed_from_state();
  } catch (const Error&) {  // then the state cannot be written either, and the operator is told
  }
  for (const auto& task : context_.plan.tasks) {
    if (done_.contains(task.title) || waiting_.contains(task.title) || is_in_summary(task.title)) continue;
    TableOutcome outcome;
    outcome.table = task.title;
    outcome.guarantee = task.guarantee;
    outcome.status = "failed";
    blame(outcome, error);
    waiting_[task.title] = outcome;
  }
  for (const auto& task : context_.plan.tasks) {
    if (!task.deletes_in(context_.request.mode) || !is_copied(task.title) || is_removed(task.title)) continue;
    TableOutcome outcome;
    outcome.table = task.title;
    outcome.guarantee = task.guarantee;
    outcome.status = "failed";
    blame(outcome, error);
    unremoved_.try_emplace(task.title, outcome);
  }
  overtaken_ = error.code() == ErrorCode::already_running;
  if (overtaken_)
    for (auto* left : {&waiting_, &unremoved_})
      for (auto& [title, outcome] : *left) blame(outcome, error);
}

RunSummary RunAccount::close(const std::optional<Error>& problem) {
  const auto left = std::exchange(waiting_, {});
  for (const auto& [title, outcome] : left) record(outcome);
  const auto unremoved = std::exchange(unremoved_, {});
  for (const auto& [title, outcome] : unremoved) record_removal(outcome);
  const auto signal =
      options_.stop.stop_requested() && options_.stop_signal ? std::optional(options_.stop_signal()) : std::nullopt;
  summary_.exit_status = problem
                             ? exit_status(problem->code())
                             : exit_status_of(summary_.tables, summary_.open_conflicts + summary_.waiting_rows, signal);
  fault_point(FaultPoint::run_closing);
  const char* what = "the end of the run could not be recorded: ";
  bool recorded = overtaken_;
  try {
    if (!overtaken_) patiently([&] { record_end(problem, signal); });
    recorded = true;
    what = "what the state says of the tables could not be read: ";
    patiently([&] { read_for_summary(); });
  } catch (const Error& error) {
    observer_.warning("", what + std::string(error.what()));
    if (!recorded && summary_.exit_status == 0) summary_.exit_status = exit_status(error.code());
  }
  order_tables();
  summary_.about = plan::describe_repair(context_.request);
  summary_.status = status_name(summary_.exit_status);
  return std::move(summary_);
}

// May be called again when nobody knows what became of the last time: the end is written once.
void RunAccount::record_end(const std::optional<Error>& problem, std::optional<int> signal) {
  try {
    FencedTransaction write(*target_, context_);
    summary_.open_conflicts = state::count_open_conflicts(*target_, context_.scope, titles_);
    summary_.waiting_rows = state::count_waiting_rows(*target_, context_.scope, titles_);
    if (!problem)
      summary_.exit_status = exit_status_of(summary_.tables, summary_.open_conflicts + summary_.waiting_rows, signal);
    summary_.status = status_name(summary_.exit_status);
    // First: if the last time is still on its way to the end, this waits for it.
    if (state::finish_run(*target_, context_.run_id, summary_.status, summary_.exit_status)) {
      if (problem) mark_tables(*problem);
      state::forget_old_transactions(*target_, context_.scope.map);
      const bool all_is_well = !problem && summary_.exit_status == 0 && summary_.tables.size() == titles_.size();
      if (glance_ && all_is_well) state::store_glance(*target_, context_.scope, *glance_);
      state::record_event(*target_,
                          {context_.run_id, "", "run_finished", summary_.status, problem ? problem->what() : "", ""});
    }
    summary_.finished_at = now_at(*target_);
    write.commit();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::already_running || !state::has_ended_itself(*target_, context_.run_id)) throw;
  }
}

void RunAccount::mark_tables(const Error& problem) {
  if (repairs(context_.request.mode)) return;
  for (const auto& task : context_.plan.tasks) {
    if (problem.code() == ErrorCode::interrupted)
      state::mark_untouched(*target_, context_.scope, task.title, "pending", "");
    else
      state::mark_failed(*target_, context_.scope, task.title, summary_.status, problem.what(), problem.retryable());
  }
}

// Every table with the time it is complete as of.
void RunAccount::read_for_summary() {
  if (summary_.finished_at.empty()) summary_.finished_at = now_at(*target_);
  std::map<std::string, state::WatermarkRow> rows;
  for (auto& row : state::read_watermarks(*target_, context_.scope)) rows.emplace(row.table, row);
  for (auto& table : summary_.tables) {
    const auto found = rows.find(table.table);
    if (found == rows.end()) continue;
    table.last_sync_timestamp = found->second.last_sync_timestamp;
    table.guarantee_why = found->second.guarantee_why.value_or("");
    table.note = found->second.note.value_or("");
    table.stamped_until = found->second.stamped_until.value_or("");
  }
}

// As in the map.
void RunAccount::order_tables() {
  std::map<std::string, std::size_t> order;
  const auto& map = context_.settings.map;
  for (std::size_t i = 0; i < map.tables.size(); ++i)
    order.emplace(plan::title_of(map, map.tables[i], context_.scope.direction), i);
  std::ranges::sort(summary_.tables, {}, [&](const TableOutcome& table) { return order[table.table]; });
}

}  // namespace engine::pipeline
