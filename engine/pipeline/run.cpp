#include "engine/pipeline/run.hpp"

#include <algorithm>
#include <mutex>

#include "engine/core/error.hpp"
#include "engine/pipeline/lanes.hpp"
#include "engine/pipeline/preparation.hpp"
#include "engine/pipeline/recollection.hpp"
#include "engine/pipeline/run_context.hpp"
#include "engine/pipeline/source_watch.hpp"
#include "engine/pipeline/table_sync.hpp"
#include "engine/postgres/transaction.hpp"
#include "engine/state/conflict.hpp"
#include "engine/state/cursor.hpp"
#include "engine/state/event.hpp"
#include "engine/state/known_rows.hpp"
#include "engine/state/migrator.hpp"
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

void prepare_state(Session& source, Session& target, const config::Settings& settings, Direction direction,
                   Observer& observer) {
  for (Session* session : {&source, &target}) state::upgrade(*session);
  switch (state::ensure_view(target, direction, settings.map.at(target.place()).schema)) {
    case state::ViewOutcome::old_kept:
      observer.warning(
          "", state::view_name(direction) +
                  " is a table that an earlier tool left and was kept; pgtide init --replace-old-metadata renames it");
      break;
    case state::ViewOutcome::not_permitted:
      observer.warning("", "the view " + state::view_name(direction) +
                               " could not be created: GRANT CREATE ON SCHEMA " +
                               settings.map.at(target.place()).schema + " to this role. Rows are copied all the same");
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
        source_(settings, {settings.map.name, request.direction()}, options.stop),
        target_(settings.url(to_), to_),
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
                 false,
                 {}} {}

  RunSummary carry_out() {
    // The lock is held by a transaction of its own: it dies with this process, and works through a pooler.
    Session lock_session(context_.settings.url(to_), to_);
    Transaction lock(lock_session, {});
    if (!state::try_lock(lock, context_.scope))
      throw Error(ErrorCode::already_running,
                  "another " + context_.scope.way() + " run of map " + context_.scope.map + " is under way",
                  "wait until it has ended; if a scheduler starts runs, leave more time between them");
    source_.settle();
    source_.take_snapshot(context_);
    context_.plan = prepare(source_.session(), target_, context_.settings.map, context_.request, context_.snapshot.id);
    throw_problems(context_.plan);
    resolve_past_fuse();
    for (const auto& warning : context_.plan.warnings) observer_.warning("", warning);
    prepare_state(source_.session(), target_, context_.settings, context_.scope.direction, observer_);
    summary_.started_at = now_at(target_);
    begin();
    try {
      source_.recognise(context_, target_);
      if (something_to_move()) source_.leave_anchor(context_, target_);
      sync_waves();
    } catch (const Error& error) {
      end(error);
      throw;
    }
    end(std::nullopt);
    try {
      lock.commit();
    } catch (const Error&) {  // everything is committed and recorded; a lock that was lost is gone as well
    }
    return summary_;
  }

 private:
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
    summary_.map = context_.scope.map;
    summary_.mode = context_.request.mode;
    for (const auto& task : context_.plan.tasks) titles_.push_back(task.title);
    for (const auto& refusal : context_.plan.refusals) titles_.push_back(refusal.title);
    state::ensure_watermarks(target_, context_.scope, titles_);
    state::settle_home(target_, capture::look_at(target_, std::nullopt).identity.database());
    state::close_dead_runs(target_, context_.scope);
    context_.run_id = summary_.run_id = state::start_run(target_, context_.scope, context_.request.mode);
    context_.known_since = state::mark_in_progress(target_, context_.scope, titles_, untouched());
    state::record_event(target_,
                        {context_.run_id, "", "run_started", "ok", std::string(name_of(context_.request.mode)), ""});
    recollect(context_.plan, context_.scope, source_.session(), target_);
    for (const auto& task : context_.plan.tasks)
      for (const auto& other : task.memory.others)
        if (task.memory.adopting)  // once
          observer_.warning(task.title, "map " + other.map +
                                            " copies into this table too, and its rows are left to it. If that is the "
                                            "old name of this map: docs/OPERATING.md, \"Forget a map\"");
    context_.cursors = state::read_cursors(target_, context_.scope);
    context_.waiting = state::read_open_conflicts(target_, context_.scope);
    for (const auto& refusal : context_.plan.refusals) {
      TableOutcome outcome;
      outcome.table = refusal.title;
      outcome.status = "refused";
      outcome.code = ErrorCode::refused;
      outcome.error = refusal.reason;
      outcome.hint = refusal.hint;
      record(outcome);
    }
  }

  // Tables that this run will not write: their first run is still to come.
  std::vector<std::string> untouched() const {
    std::vector<std::string> titles;
    for (const auto& refusal : context_.plan.refusals) titles.push_back(refusal.title);
    for (const auto& [task, parent] : context_.plan.blocked) titles.push_back(context_.plan.tasks[task].title);
    return titles;
  }

  bool something_to_move() const {
    return std::ranges::any_of(context_.plan.tasks, [&](const plan::TableTask& task) {
      return context_.window_of(task).kind != plan::Window::Kind::nothing;
    });
  }

  void sync_waves() {
    Lanes lanes(options_.jobs, [&] {
      return std::make_unique<Lane>(context_.settings.url(from_), from_, context_.settings.url(to_), to_,
                                    options_.stop);
    });
    for (const auto& wave : context_.plan.waves)
      lanes.run_wave(wave, [&](Lane& lane, const plan::Group& group) {
        auto outcomes = std::vector<TableOutcome>();
        if (const std::string failed_parent = parent_that_failed(group); !failed_parent.empty())
          outcomes = skip(group, "table " + failed_parent + ", which it refers to, was not copied");
        else
          outcomes = sync_group(context_, lane, group);
        for (auto& outcome : outcomes) record(std::move(outcome));
      });
    source_.release_snapshot();
  }

  std::string parent_that_failed(const plan::Group& group) {
    const std::lock_guard guard(mutex_);
    for (const auto task : group.tasks) {
      const auto parents = context_.plan.parents.find(task);
      if (parents == context_.plan.parents.end()) continue;
      for (const auto& parent : parents->second)
        if (not_copied_.contains(parent)) return parent;
    }
    return "";
  }

  std::vector<TableOutcome> skip(const plan::Group& group, const std::string& why) {
    std::vector<TableOutcome> outcomes;
    for (const auto task : group.tasks) {
      TableOutcome outcome;
      outcome.table = context_.plan.tasks[task].title;
      outcome.guarantee = context_.plan.tasks[task].guarantee;
      outcome.status = "skipped";
      outcome.error = why;
      outcomes.push_back(outcome);
    }
    return outcomes;
  }

  // Tables that are not `ok` get their line in the state here; the others have it since their last commit.
  void record(TableOutcome outcome) {
    const std::lock_guard guard(mutex_);
    const bool copied = outcome.status == "ok" || outcome.status == "attention";
    if (!copied) {
      not_copied_.insert(outcome.table);
      try {
        const std::string code = outcome.code ? status_name(exit_status(*outcome.code)) : "";
        if (outcome.status == "skipped" || outcome.interrupted)
          state::mark_untouched(target_, context_.scope, outcome.table, outcome.interrupted ? "pending" : "skipped",
                                outcome.error);
        else
          state::mark_failed(target_, context_.scope, outcome.table, code, outcome.error);
        state::record_table_run(target_, context_.run_id,
                                {outcome.table, outcome.status, outcome.counts,
                                 static_cast<std::int64_t>(outcome.seconds * 1000), 0, code, outcome.error});
        state::record_event(target_,
                            {context_.run_id, outcome.table, "table_finished", outcome.status, outcome.error, code});
      } catch (const Error& error) {
        observer_.warning(outcome.table, std::string("its state could not be written: ") + error.what());
      }
    }
    observer_.table_finished(outcome);
    summary_.tables.push_back(std::move(outcome));
  }

  void end(const std::optional<Error>& problem) {
    try {
      source_.release_snapshot();
      summary_.open_conflicts = state::count_open_conflicts(target_, context_.scope, titles_);
      const auto signal =
          options_.stop.stop_requested() && options_.stop_signal ? std::optional(options_.stop_signal()) : std::nullopt;
      summary_.exit_status =
          problem ? exit_status(problem->code()) : exit_status_of(summary_.tables, summary_.open_conflicts, signal);
      summary_.status = status_name(summary_.exit_status);
      if (problem)
        for (const auto& task : context_.plan.tasks) {
          if (problem->code() == ErrorCode::interrupted)
            state::mark_untouched(target_, context_.scope, task.title, "pending", "");
          else
            state::mark_failed(target_, context_.scope, task.title, summary_.status, problem->what());
        }
      state::forget_old_transactions(target_, context_.scope.map);
      state::finish_run(target_, context_.run_id, summary_.status, summary_.exit_status);
      state::record_event(target_,
                          {context_.run_id, "", "run_finished", summary_.status, problem ? problem->what() : "", ""});
      summary_.finished_at = now_at(target_);
      add_state_to_outcomes();
    } catch (const Error& error) {
      if (!problem) throw;
      observer_.warning("", std::string("the end of the run could not be recorded: ") + error.what());
    }
  }

  // Every table in the order of the map, with the time it is complete as of.
  void add_state_to_outcomes() {
    std::map<std::string, std::string> stamps;
    for (const auto& row : state::read_watermarks(target_, context_.scope)) stamps[row.table] = row.last_sync_timestamp;
    std::map<std::string, std::size_t> order;
    const auto& map = context_.settings.map;
    for (std::size_t i = 0; i < map.tables.size(); ++i)
      order.emplace(plan::title_of(map, map.tables[i], context_.scope.direction), i);
    for (auto& table : summary_.tables) table.last_sync_timestamp = stamps[table.table];
    std::ranges::sort(summary_.tables, {}, [&](const TableOutcome& table) { return order[table.table]; });
  }

  const RunOptions& options_;
  Observer& observer_;
  const Place from_, to_;
  SourceWatch source_;
  Session target_;  // for the state; not cancelled by a stop, so that the run can be closed
  RunContext context_;
  std::vector<std::string> titles_;  // of the tables that this run is about
  std::mutex mutex_;
  std::set<std::string> not_copied_;
  RunSummary summary_;
};

}  // namespace

RunSummary run(const config::Settings& settings, const plan::Request& request, const RunOptions& options,
               Observer& observer) {
  Run one(settings, request, options, observer);
  return one.carry_out();
}

}  // namespace engine::pipeline
