#include "engine/pipeline/run.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

#include "engine/core/error.hpp"
#include "engine/core/fault_point.hpp"
#include "engine/pipeline/fenced_transaction.hpp"
#include "engine/pipeline/lanes.hpp"
#include "engine/pipeline/preparation.hpp"
#include "engine/pipeline/recollection.hpp"
#include "engine/pipeline/retry.hpp"
#include "engine/pipeline/run_context.hpp"
#include "engine/pipeline/run_lock.hpp"
#include "engine/pipeline/source_watch.hpp"
#include "engine/pipeline/table_sync.hpp"
#include "engine/pipeline/two_ends.hpp"
#include "engine/plan/statements.hpp"
#include "engine/postgres/transaction.hpp"
#include "engine/state/conflict.hpp"
#include "engine/state/cursor.hpp"
#include "engine/state/event.hpp"
#include "engine/state/fence.hpp"
#include "engine/state/known_rows.hpp"
#include "engine/state/migrator.hpp"
#include "engine/state/progress.hpp"
#include "engine/state/quarantine.hpp"
#include "engine/state/run.hpp"
#include "engine/state/views.hpp"
#include "engine/state/watermark.hpp"

namespace engine::pipeline {
namespace {

using postgres::Session;
using postgres::Transaction;

std::string now_at(Session& session) {
  return session
      .run(
          "SELECT pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', "
          "'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS now")
      .text(0, "now");
}

void prepare_state(SourceWatch& source, Session& target, const config::Settings& settings, Direction direction,
                   Observer& observer) {
  if (source.may_write()) state::upgrade(source.session());
  fault_point(FaultPoint::source_state_upgraded);
  state::upgrade(target);
  switch (state::ensure_view(target, direction, settings.map.at(target.place()).schema)) {
    case state::ViewOutcome::old_kept:
      observer.warning(
          "", state::view_name(direction) +
                  " is a table that an earlier tool left and was kept; pgtide init --replace-old-metadata renames it");
      break;
    case state::ViewOutcome::not_permitted:
      observer.warning("", "the view " + state::view_name(direction) +
                               " could not be created, rows are copied all the same; " +
                               state::grant_for_view(target, settings.map.at(target.place()).schema));
      break;
    default:
      break;
  }
}

class Run {
 public:
  Run(const config::Settings& settings, const plan::Request& request, const RunOptions& options, Observer& observer)
      : options_(options),
        observer_(observer),
        from_(source_of(request.direction())),
        to_(target_of(request.direction())),
        patience_(options.retry_for),
        context_{settings,
                 request,
                 {settings.map.name, request.direction()},
                 options.stop,
                 observer,
                 {},
                 0,
                 {},
                 {},
                 {},
                 {},
                 {},
                 {},
                 {},
                 {},
                 false,
                 {}} {}

  // Attempts, until every table is done or has failed for a reason that does not go away, or patience is at its end.
  RunSummary carry_out() {
    for (;;) {
      try {
        attempt();
        if (waiting_.empty()) break;
        if (!wait_to_try_again(waiting_.begin()->second.error)) break;
      } catch (const Error& error) {
        const bool in_vain = !error.retryable() || !wait_to_try_again(error.what());
        if (!in_vain) continue;
        if (done_.empty() && waiting_.empty()) {  // nothing was begun
          if (context_.run_id != 0) end(error);
          throw;
        }
        give_up(error);
        break;
      }
    }
    const auto left = std::exchange(waiting_, {});
    for (const auto& [title, outcome] : left) record(outcome);
    end(std::nullopt);
    return summary_;
  }

 private:
  void attempt() {
    connect();
    check_two_ends(source_->session(), *target_, context_.scope.map);
    source_->settle();
    source_->take_snapshot(context_);
    context_.plan = prepare(source_->view(), *target_, context_.settings.map, context_.request);
    throw_problems(context_.plan);
    resolve_past_fuse();
    const bool first = context_.run_id == 0;
    if (first)
      for (const auto& warning : context_.plan.warnings) observer_.warning("", warning);
    prepare_state(*source_, *target_, context_.settings, context_.scope.direction, observer_);
    if (first) summary_.started_at = now_at(*target_);
    begin();
    source_->recognise(context_, *target_);
    if (!context_.trusted) take_everything_along();
    find_emptied();
    if (something_to_move()) source_->leave_mark(context_, *target_);
    fault_point(FaultPoint::source_stored);
    sync_waves();
  }

  // Anew for each attempt: nobody knows what became of the connections of the last one.
  void connect() {
    source_.reset();
    target_.reset();
    if (!lock_) lock_ = std::make_unique<RunLock>(context_.settings.url(to_), to_, context_.scope);
    lock_taken_ = lock_->ensure();
    source_ = std::make_unique<SourceWatch>(context_.settings, context_.scope, options_.stop);
    target_ = std::make_unique<Session>(context_.settings.url(to_), to_);
  }

  // False where it is no use any more, or the operator wants to stop.
  bool wait_to_try_again(const std::string& why) {
    if (context_.steps_forward.exchange(0) > 0) patience_.got_something_done();
    const auto wait = options_.stop.stop_requested() ? std::nullopt : patience_.next_wait();
    if (!wait) return false;
    source_.reset();  // the snapshot keeps the source from cleaning up
    observer_.warning("", fmt::format("{}. Trying again in {:.1f} s, for {} s at most", why,
                                      static_cast<double>(wait->count()) / 1000, patience_.left().count()));
    return wait_for(*wait, options_.stop);
  }

  // Names as --table takes them, into titles.
  void resolve_past_fuse() {
    plan::Request named = context_.request;
    named.only.assign(options_.past_fuse.begin(), options_.past_fuse.end());
    if (named.only.empty()) return;
    const auto& map = context_.settings.map;
    for (const std::size_t index : plan::selected(map, named, "--past-fuse"))
      context_.past_fuse.insert(plan::title_of(map, map.tables[index], context_.scope.direction));
  }

  void begin() {
    titles_.clear();
    for (const auto& task : context_.plan.tasks) titles_.push_back(task.title);
    for (const auto& refusal : context_.plan.refusals) titles_.push_back(refusal.title);
    state::ensure_watermarks(*target_, context_.scope, titles_);
    state::settle_home(*target_, capture::identify(*target_).database());
    if (context_.run_id == 0)
      begin_first();
    else
      begin_again();
    recollect(context_, source_->session(), *target_);
    fault_point(FaultPoint::rows_remembered_anew);
    warn_of_other_maps();
    context_.cursors = state::read_cursors(*target_, context_.scope);
    context_.progress = state::read_progress(*target_, context_.scope);
    context_.waiting = state::read_open_conflicts(*target_, context_.scope);
    for (const auto& [table, keys] : state::read_due_rows(*target_, context_.scope)) {
      auto& waiting = context_.waiting[table];
      waiting.insert(waiting.end(), keys.begin(), keys.end());
    }
    context_.held = state::count_held_rows(*target_, context_.scope);
    for (const auto& refusal : context_.plan.refusals) {
      if (done_.contains(refusal.title)) continue;
      TableOutcome outcome;
      outcome.table = refusal.title;
      outcome.status = "refused";
      outcome.code = ErrorCode::refused;
      outcome.error = refusal.reason;
      outcome.hint = refusal.hint;
      record(outcome);
    }
  }

  void begin_first() {
    summary_.map = context_.scope.map;
    summary_.mode = context_.request.mode;
    Transaction write(*target_, {});
    state::close_fence(write, context_.scope);
    // Who slept since the snapshot was taken has nothing to say about rows that another run has copied meanwhile.
    if (lock_->ensure() != lock_taken_)
      throw Error(ErrorCode::unavailable, "the lock of this run was lost before it had begun").retryable(true);
    state::close_dead_runs(*target_, context_.scope);
    context_.run_id = summary_.run_id = state::start_run(*target_, context_.scope, context_.request.mode);
    context_.known_since = state::mark_in_progress(*target_, context_.scope, titles_, untouched());
    state::record_event(*target_,
                        {context_.run_id, "", "run_started", "ok", std::string(name_of(context_.request.mode)), ""});
    write.commit();
    fault_point(FaultPoint::run_started);
  }

  // What the last attempt sent and got no answer to is over now, one way or the other.
  void begin_again() {
    Transaction write(*target_, {});
    state::close_fence(write, context_.scope);
    state::expect_current(write.run_script(state::fence_statements(context_.scope, context_.run_id)).back());
    take_completed_from_state();
    take_parents_along();
    std::vector<std::string> left;
    for (const auto& title : titles_)
      if (!done_.contains(title)) left.push_back(title);
    for (const auto& [title, xid] : state::mark_in_progress(*target_, context_.scope, left, untouched()))
      context_.known_since[title] = xid;
    write.commit();
    waiting_.clear();
  }

  // This attempt sees the source as of a later moment: a child may have come together with a new parent since.
  void take_parents_along() {
    const auto& tasks = context_.plan.tasks;
    std::map<std::string, std::size_t> by_title;
    for (std::size_t i = 0; i < tasks.size(); ++i) by_title[tasks[i].title] = i;
    std::vector<std::size_t> left;
    for (std::size_t i = 0; i < tasks.size(); ++i)
      if (!done_.contains(tasks[i].title)) left.push_back(i);
    for (std::size_t next = 0; next < left.size(); ++next) {
      const auto parents = context_.plan.parents.find(left[next]);
      if (parents == context_.plan.parents.end()) continue;
      for (const auto& parent : parents->second)
        if (by_title.contains(parent) && !not_copied_.contains(parent) && done_.erase(parent) > 0)
          left.push_back(by_title[parent]);
    }
  }

  // What an earlier attempt copied came from a history that is lost.
  void take_everything_along() {
    for (const auto& task : context_.plan.tasks)
      if (!not_copied_.contains(task.title)) done_.erase(task.title);
  }

  // Tables whose last COMMIT was done, though nobody said so.
  void take_completed_from_state() {
    for (const auto& [title, table] : state::read_completed_tables(*target_, context_.run_id)) {
      if (is_in_summary(title)) continue;
      TableOutcome outcome;
      outcome.table = title;
      outcome.status = table.status;
      outcome.counts = table.counts;
      outcome.seconds = static_cast<double>(table.duration_ms) / 1000;
      record(outcome);
    }
  }

  void warn_of_other_maps() {
    for (const auto& task : context_.plan.tasks)
      for (const auto& other : task.memory.others)
        if (task.memory.adopting)  // once
          observer_.warning(task.title, "map " + other.map +
                                            " copies into this table too, and its rows are left to it. If that is the "
                                            "old name of this map: docs/OPERATING.md, \"Forget a map\"");
  }

  // Tables that this run will not write: their first run is still to come.
  std::vector<std::string> untouched() const {
    std::vector<std::string> titles;
    for (const auto& refusal : context_.plan.refusals) titles.push_back(refusal.title);
    for (const auto& [task, parent] : context_.plan.blocked) titles.push_back(context_.plan.tasks[task].title);
    return titles;
  }

  bool something_to_move() const {
    return !context_.emptied.empty() || std::ranges::any_of(context_.plan.tasks, [&](const plan::TableTask& task) {
      return context_.window_of(task).kind != plan::Window::Kind::nothing;
    });
  }

  // A target that somebody emptied is filled again, also where nothing happened at the source.
  void find_emptied() {
    context_.emptied.clear();
    std::string queries;
    for (const auto& task : context_.plan.tasks)
      if (task.direction == Direction::forward && context_.cursor_of(task) &&
          context_.window_of(task).kind == plan::Window::Kind::nothing)
        queries += (queries.empty() ? "" : " UNION ALL ") + plan::statements::empty_target(task);
    if (queries.empty()) return;
    postgres::Opening opening;
    opening.lock_timeout_ms = 2'000;
    try {
      Transaction read(*target_, opening);
      const auto found = read.run(queries);
      for (std::size_t i = 0; i < found.size(); ++i) context_.emptied.insert(found.text(i, "title"));
    } catch (const Error& error) {
      if (error.sqlstate() != "55P03") throw;  // somebody works on a table: the next run will see
    }
  }

  void sync_waves() {
    Session* const only_reader = source_->only_reader();
    Lanes lanes(only_reader ? 1 : options_.jobs, [&] {
      return std::make_unique<Lane>(context_.settings.url(from_), from_, context_.settings.url(to_), to_, options_.stop,
                                    only_reader);
    });
    for (const auto& wave : context_.plan.waves) {
      std::vector<plan::Group> left;
      for (const auto& group : wave)
        if (std::ranges::any_of(group.tasks,
                                [&](std::size_t task) { return !done_.contains(context_.plan.tasks[task].title); }))
          left.push_back(group);
      if (left.empty()) continue;
      lanes.run_wave(left, [&](Lane& lane, const plan::Group& group) {
        auto outcomes = std::vector<TableOutcome>();
        if (const std::string parent = parent_that_failed(group); !parent.empty())
          outcomes = skip(group, parent);
        else
          outcomes = sync_group(context_, lane, group);
        for (auto& outcome : outcomes) settle(std::move(outcome));
      });
    }
    source_->release_snapshot();
  }

  std::string parent_that_failed(const plan::Group& group) {
    const std::lock_guard guard(mutex_);
    for (const auto task : group.tasks) {
      const auto parents = context_.plan.parents.find(task);
      if (parents == context_.plan.parents.end()) continue;
      for (const auto& parent : parents->second)
        if (not_copied_.contains(parent) || waiting_.contains(parent)) return parent;
    }
    return "";
  }

  std::vector<TableOutcome> skip(const plan::Group& group, const std::string& parent) {
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

  // What failed for a reason that may go away waits for the next attempt.
  void settle(TableOutcome outcome) {
    const bool copied = is_copied(outcome);
    if (copied || !outcome.retryable || options_.stop.stop_requested()) return record(std::move(outcome));
    const std::lock_guard guard(mutex_);
    waiting_[outcome.table] = std::move(outcome);
  }

  static bool is_copied(const TableOutcome& outcome) { return outcome.status == "ok" || outcome.status == "attention"; }

  // Tables that are not `ok` get their line in the state here; the others have it since their last commit.
  void record(TableOutcome outcome) {
    const std::lock_guard guard(mutex_);
    done_.insert(outcome.table);
    overtaken_ = overtaken_ || outcome.code == ErrorCode::already_running;
    if (!is_copied(outcome)) {
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

  bool is_in_summary(const std::string& title) const {
    return std::ranges::find(summary_.tables, title, &TableOutcome::table) != summary_.tables.end();
  }

  // The state is another run's if one has begun in our place: then that is what became of the table.
  void record_failure(TableOutcome& outcome) {
    try {
      write_state([&] { write_failure(outcome); });
    } catch (const Error& error) {
      overtaken_ = error.code() == ErrorCode::already_running;
      state_is_lost_ = error.code() == ErrorCode::unavailable;
      if (overtaken_)
        blame(outcome, error);
      else
        observer_.warning(outcome.table, std::string("its state could not be written: ") + error.what());
    }
  }

  // The session was idle while the tables were copied: if it is gone, once more with a new one.
  void write_state(const std::function<void()>& write) {
    for (const bool again : {false, true}) {
      try {
        if (again || !target_ || !target_->is_open())
          target_ = std::make_unique<Session>(context_.settings.url(to_), to_);
        FencedTransaction transaction(*target_, context_);
        write();
        return transaction.commit();
      } catch (const Error& error) {
        if (again || error.code() != ErrorCode::unavailable) throw;
      }
    }
  }

  static void blame(TableOutcome& outcome, const Error& error) {
    outcome.code = error.code();
    outcome.error = error.what();
    outcome.hint = error.hint();
    outcome.retryable = error.retryable();
    outcome.interrupted = error.code() == ErrorCode::interrupted;
  }

  void write_failure(const TableOutcome& outcome) {
    const std::string code = outcome.code ? status_name(exit_status(*outcome.code)) : "";
    if (outcome.status == "skipped" || outcome.interrupted)
      state::mark_untouched(*target_, context_.scope, outcome.table, outcome.interrupted ? "pending" : "skipped",
                            outcome.error);
    else
      state::mark_failed(*target_, context_.scope, outcome.table, code, outcome.error, outcome.retryable);
    state::record_table_run(*target_, context_.run_id,
                            {outcome.table, outcome.status, outcome.counts,
                             static_cast<std::int64_t>(outcome.seconds * 1000), 0, code, outcome.error});
    state::record_event(*target_,
                        {context_.run_id, outcome.table, "table_finished", outcome.status, outcome.error, code});
  }

  // The databases could not be reached again: what was not done yet has failed.
  void give_up(const Error& error) {
    try {
      if (!target_ || !target_->is_open()) target_ = std::make_unique<Session>(context_.settings.url(to_), to_);
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
    overtaken_ = error.code() == ErrorCode::already_running;
    if (overtaken_)
      for (auto& [title, outcome] : waiting_) blame(outcome, error);
  }

  void end(const std::optional<Error>& problem) {
    const auto signal =
        options_.stop.stop_requested() && options_.stop_signal ? std::optional(options_.stop_signal()) : std::nullopt;
    summary_.exit_status =
        problem ? exit_status(problem->code()) : exit_status_of(summary_.tables, summary_.open_conflicts, signal);
    fault_point(FaultPoint::run_closing);
    try {
      source_.reset();
      if (!overtaken_)
        write_state([&] {
          summary_.open_conflicts = state::count_open_conflicts(*target_, context_.scope, titles_);
          if (!problem) summary_.exit_status = exit_status_of(summary_.tables, summary_.open_conflicts, signal);
          summary_.status = status_name(summary_.exit_status);
          write_end(problem);
        });
      summary_.status = status_name(summary_.exit_status);
      summary_.finished_at = now_at(*target_);
      add_state_to_outcomes();
    } catch (const Error& error) {
      observer_.warning("", std::string("the end of the run could not be recorded: ") + error.what());
      if (summary_.exit_status == 0) summary_.exit_status = exit_status(error.code());
      summary_.status = status_name(summary_.exit_status);
    }
    lock_.reset();
    fault_point(FaultPoint::run_closed);
  }

  void write_end(const std::optional<Error>& problem) {
    if (problem)
      for (const auto& task : context_.plan.tasks) {
        if (problem->code() == ErrorCode::interrupted)
          state::mark_untouched(*target_, context_.scope, task.title, "pending", "");
        else
          state::mark_failed(*target_, context_.scope, task.title, summary_.status, problem->what(),
                             problem->retryable());
      }
    state::forget_old_transactions(*target_, context_.scope.map);
    state::finish_run(*target_, context_.run_id, summary_.status, summary_.exit_status);
    state::record_event(*target_,
                        {context_.run_id, "", "run_finished", summary_.status, problem ? problem->what() : "", ""});
  }

  // Every table in the order of the map, with the time it is complete as of.
  void add_state_to_outcomes() {
    std::map<std::string, state::WatermarkRow> rows;
    for (auto& row : state::read_watermarks(*target_, context_.scope)) rows.emplace(row.table, row);
    std::map<std::string, std::size_t> order;
    const auto& map = context_.settings.map;
    for (std::size_t i = 0; i < map.tables.size(); ++i)
      order.emplace(plan::title_of(map, map.tables[i], context_.scope.direction), i);
    for (auto& table : summary_.tables) {
      const auto found = rows.find(table.table);
      if (found == rows.end()) continue;
      table.last_sync_timestamp = found->second.last_sync_timestamp;
      table.guarantee_why = found->second.guarantee_why.value_or("");
      table.note = found->second.note.value_or("");
      table.stamped_until = found->second.stamped_until.value_or("");
    }
    std::ranges::sort(summary_.tables, {}, [&](const TableOutcome& table) { return order[table.table]; });
  }

  const RunOptions& options_;
  Observer& observer_;
  const Place from_, to_;
  Patience patience_;
  std::unique_ptr<RunLock> lock_;
  int lock_taken_ = 0;  // how often, when this attempt began
  std::unique_ptr<SourceWatch> source_;
  std::unique_ptr<Session> target_;  // for the state; not cancelled by a stop, so that the run can be closed
  RunContext context_;
  std::vector<std::string> titles_;  // of the tables that this run is about
  std::mutex mutex_;                 // over what follows, while lanes are at work
  std::set<std::string> done_;       // tables of which nothing more is to be tried
  std::set<std::string> not_copied_;
  std::map<std::string, TableOutcome> waiting_;  // for the next attempt
  bool overtaken_ = false;                       // another run has begun in our place: the state is its own
  bool state_is_lost_ = false;                   // the target cannot be reached: not tried again for each table
  RunSummary summary_;
};

}  // namespace

RunSummary run(const config::Settings& settings, const plan::Request& request, const RunOptions& options,
               Observer& observer) {
  Run one(settings, request, options, observer);
  return one.carry_out();
}

}  // namespace engine::pipeline
