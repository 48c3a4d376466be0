#include "engine/pipeline/run.hpp"

#include <algorithm>
#include <utility>

#include "engine/core/error.hpp"
#include "engine/core/fault_point.hpp"
#include "engine/pipeline/bandwidth.hpp"
#include "engine/pipeline/glance.hpp"
#include "engine/pipeline/index_rebuild.hpp"
#include "engine/pipeline/lanes.hpp"
#include "engine/pipeline/parents.hpp"
#include "engine/pipeline/preparation.hpp"
#include "engine/pipeline/quiet_tables.hpp"
#include "engine/pipeline/read_limit.hpp"
#include "engine/pipeline/recollection.hpp"
#include "engine/pipeline/removal.hpp"
#include "engine/pipeline/repair.hpp"
#include "engine/pipeline/run_account.hpp"
#include "engine/pipeline/run_context.hpp"
#include "engine/pipeline/run_lock.hpp"
#include "engine/pipeline/source_watch.hpp"
#include "engine/pipeline/table_sync.hpp"
#include "engine/pipeline/two_ends.hpp"
#include "engine/plan/repair.hpp"
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
#include "engine/state/row_history.hpp"
#include "engine/state/run.hpp"
#include "engine/state/views.hpp"
#include "engine/state/watermark.hpp"

namespace engine::pipeline {
namespace {

using postgres::Session;
using postgres::Transaction;

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
                 {},
                 false,
                 {}},
        account_(context_, options, observer),
        paces_(settings.map.limits) {}

  // Attempts, until every table is done or has failed for a reason that does not go away, or patience is at its end.
  RunSummary carry_out() {
    for (;;) {
      try {
        if (auto done = look_first()) return *done;
        attempt();
        const auto why = account_.why_not_done();
        if (!why || !wait_to_try_again(*why)) break;
      } catch (const Error& error) {
        const bool in_vain = !error.retryable() || !wait_to_try_again(error.what());
        if (!in_vain) continue;
        if (account_.nothing_was_begun()) {
          if (context_.run_id != 0) end(error);
          throw;
        }
        account_.give_up(error);
        break;
      }
    }
    return end(std::nullopt);
  }

 private:
  // Most runs of a scheduler find nothing to do, and are done before they have begun.
  std::optional<RunSummary> look_first() {
    if (std::exchange(looked_, true)) return std::nullopt;
    at_hand_ = connect_both(context_.settings, context_.scope.direction, options_.stop);
    auto glanced = finish_at_a_glance(context_.settings, context_.request, options_, observer_, at_hand_);
    quiet_ = std::move(glanced.quiet);
    taken_id_ = glanced.run_id;
    return std::move(glanced.summary);
  }

  void attempt() {
    connect();
    check_two_ends(source_->session(), target(), context_.scope.map);
    source_->settle();
    auto made = make_missing_again(context_, target());  // the plan would not know of keys that are missing
    const auto prints = take_prints(source_->session(), target(), context_.scope);
    source_->take_snapshot(context_);
    settle_days(context_);
    context_.plan = prepare(source_->view(), target(), context_.settings.map, context_.request, made.refused);
    missing_ = std::move(made.left);
    throw_problems(context_.plan);
    resolve_past_fuse();
    const bool first = context_.run_id == 0;
    if (first)
      for (const auto& warning : context_.plan.warnings) observer_.warning("", warning);
    for (const auto& task : context_.plan.tasks) plan::check_columns(task, context_.request.columns);
    prepare_state(*source_, target(), context_.settings, context_.scope.direction, observer_);
    if (first) account_.note_start();
    begin();
    source_->recognise(context_, target());
    if (repairs(context_.request.mode)) {  // no cursor moves, so that no mark is needed
      refuse(settle_repair(context_));
    } else {
      if (!context_.trusted) take_everything_along();
      if (first) name_parents_behind(context_, source_->view(), target(), observer_);
      find_emptied();
      if (something_to_move()) source_->leave_mark(context_, target());
    }
    fault_point(FaultPoint::source_stored);
    leave_quiet_tables();
    sync_tables();
    account_.leave_behind(to_leave_behind(context_, prints));
  }

  // Anew for each attempt: nobody knows what became of the connections of the last one.
  void connect() {
    source_.reset();
    account_.disconnect();
    const bool lost_in_first_look = !at_hand_.target;
    if (!lock_) lock_ = std::make_unique<RunLock>(context_.settings.url(to_), to_, context_.scope, lost_in_first_look);
    lock_taken_ = lock_->ensure();
    source_ = std::make_unique<SourceWatch>(context_.settings, context_.scope, options_.stop,
                                            std::exchange(at_hand_.source, nullptr));
    account_.connect(std::exchange(at_hand_.target, nullptr));
  }

  // False where it is no use any more, or the operator wants to stop.
  bool wait_to_try_again(const std::string& why) {
    source_.reset();  // the snapshot keeps the source from cleaning up
    at_hand_ = {};
    return account_.wait_to_try_again(why);
  }

  // Left alone: the others are done.
  void refuse(const std::vector<plan::Refusal>& refusals) {
    for (const auto& refusal : refusals) {
      if (account_.is_done(refusal.title)) continue;
      TableOutcome outcome;
      outcome.table = refusal.title;
      outcome.status = "refused";
      outcome.code = ErrorCode::refused;
      outcome.error = refusal.reason;
      outcome.hint = refusal.hint;
      account_.record(outcome);
    }
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

  std::map<std::string, state::Stamps> stamps() const {
    const auto& map = context_.settings.map;
    const auto own = map.at(source_of(context_.scope.direction)).timezone, other = map.at(to_).timezone;
    std::map<std::string, state::Stamps> tables;
    for (const auto& task : context_.plan.tasks) {
      auto& stamps = tables[task.title];
      stamps.zone = own ? *own : other.value_or("UTC");
      for (const auto& column : task.columns)
        if (column.watermark) stamps.columns.push_back(column.target);
    }
    return tables;
  }

  void begin() {
    std::vector<std::string> titles;
    for (const auto& task : context_.plan.tasks) titles.push_back(task.title);
    for (const auto& refusal : context_.plan.refusals) titles.push_back(refusal.title);
    account_.is_about(titles);
    state::ensure_watermarks(target(), context_.scope, titles);
    state::note_stamps(target(), context_.scope, stamps());
    state::settle_home(target(), capture::identify(target()).database());
    if (context_.run_id == 0)
      begin_first();
    else
      begin_again();
    recollect(context_, source_->session(), target());
    fault_point(FaultPoint::rows_remembered_anew);
    finish_missing(context_, target(), missing_);
    warn_of_other_maps();
    context_.cursors = state::read_cursors(target(), context_.scope);
    context_.progress = state::read_progress(target(), context_.scope);
    context_.waiting = state::read_open_conflicts(target(), context_.scope);
    for (const auto& [table, keys] : state::read_due_rows(target(), context_.scope)) {
      auto& waiting = context_.waiting[table];
      waiting.insert(waiting.end(), keys.begin(), keys.end());
    }
    context_.held = state::count_held_rows(target(), context_.scope);
    context_.discarding = state::discarding_tables(target(), context_.scope);
    refuse(context_.plan.refusals);
  }

  void begin_first() {
    Transaction write(target(), {});
    state::close_fence(write, context_.scope);
    // Who slept since the snapshot was taken has nothing to say about rows that another run has copied meanwhile.
    if (lock_->ensure() != lock_taken_)
      throw Error(ErrorCode::unavailable, "the lock of this run was lost before it had begun").retryable(true);
    state::close_dead_runs(target(), context_.scope);
    context_.run_id = state::start_run(target(), context_.scope, context_.request.mode, std::exchange(taken_id_, 0));
    state::forget_glance(target(), context_.scope);
    mark_in_progress(account_.titles());
    const std::string about = plan::describe_repair(context_.request);
    state::record_event(target(),
                        {context_.run_id, "", "run_started", "ok",
                         std::string(name_of(context_.request.mode)) + (about.empty() ? "" : ", " + about), ""});
    write.commit();
    account_.begin(context_.run_id);
    fault_point(FaultPoint::run_started);
  }

  // What the last attempt sent and got no answer to is over now, one way or the other.
  void begin_again() {
    Transaction write(target(), {});
    state::close_fence(write, context_.scope);
    if (!state::has_begun(target(), context_.run_id)) {  // the COMMIT that began it never arrived
      write.commit();
      return begin_first();
    }
    state::expect_current(write.run_script(state::fence_statements(context_.scope, context_.run_id)).back());
    account_.take_completed_from_state();
    take_parents_along();
    mark_in_progress(account_.titles_left());
    write.commit();
    account_.new_attempt();
  }

  // A repair leaves what people see of a table as it is: how far it is complete does not change.
  void mark_in_progress(const std::vector<std::string>& titles) {
    if (!repairs(context_.request.mode)) {
      for (const auto& [title, xid] : state::mark_in_progress(target(), context_.scope, titles, untouched()))
        context_.known_since[title] = xid;
      return;
    }
    for (const auto& [title, xid] : state::read_known_since(target(), context_.scope))
      context_.known_since[title] = xid;
  }

  // This attempt sees the source as of a later moment: a child may have come together with a new parent since.
  void take_parents_along() {
    const auto& tasks = context_.plan.tasks;
    std::map<std::string, std::size_t> by_title;
    for (std::size_t i = 0; i < tasks.size(); ++i) by_title[tasks[i].title] = i;
    std::vector<std::size_t> left;
    for (std::size_t i = 0; i < tasks.size(); ++i)
      if (!account_.is_done(tasks[i].title)) left.push_back(i);
    for (std::size_t next = 0; next < left.size(); ++next) {
      const auto parents = context_.plan.parents.find(left[next]);
      if (parents == context_.plan.parents.end()) continue;
      for (const auto& parent : parents->second)
        if (by_title.contains(parent) && account_.take_again(parent)) {
          left.push_back(by_title[parent]);
          context_.copied_before.insert(parent);
        }
    }
  }

  // What an earlier attempt copied came from a history that is lost.
  void take_everything_along() {
    for (const auto& task : context_.plan.tasks) account_.take_again(task.title);
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
          (quiet_.contains(task.title) || context_.window_of(task).kind == plan::Window::Kind::nothing))
        queries += (queries.empty() ? "" : " UNION ALL ") + plan::statements::empty_target(task);
    if (queries.empty()) return;
    postgres::Opening opening;
    opening.lock_timeout_ms = 2'000;
    try {
      Transaction read(target(), opening);
      const auto found = read.run(queries);
      for (std::size_t i = 0; i < found.size(); ++i) context_.emptied.insert(found.text(i, "title"));
    } catch (const Error& error) {
      if (error.sqlstate() != "55P03") throw;  // somebody works on a table: the next run will see
    }
  }

  // Most tables have nothing new in most runs.
  void leave_quiet_tables() {
    std::map<std::string, const plan::TableTask*> tasks;
    for (const auto& task : context_.plan.tasks) {
      tasks[task.title] = &task;
      if (account_.is_done(task.title)) quiet_.erase(task.title);
    }
    if (quiet_.empty()) return;
    for (const auto& title : finish_quiet_tables(context_, quiet_, source_->view(), target())) {
      TableOutcome outcome;
      outcome.table = title;
      outcome.status = "ok";
      outcome.guarantee = tasks.at(title)->guarantee;
      observer_.table_started(title, tasks.at(title)->estimated_rows);
      account_.settle(std::move(outcome));
    }
    quiet_.clear();
  }

  // Parents come first.
  std::vector<plan::Group> groups_left() const {
    std::vector<plan::Group> left;
    for (const auto& wave : context_.plan.waves)
      for (const auto& group : wave)
        if (std::ranges::any_of(group.tasks,
                                [&](std::size_t task) { return !account_.is_done(context_.plan.tasks[task].title); }))
          left.push_back(group);
    return left;
  }

  // Of each group, those that its tables refer to.
  std::vector<std::set<std::size_t>> parents_among(const std::vector<plan::Group>& groups) const {
    std::map<std::string, std::size_t> group_of;
    std::vector<std::set<std::size_t>> parents(groups.size());
    for (std::size_t i = 0; i < groups.size(); ++i) {
      for (const auto task : groups[i].tasks) group_of[context_.plan.tasks[task].title] = i;
      for (const auto task : groups[i].tasks) {
        const auto titles = context_.plan.parents.find(task);
        if (titles == context_.plan.parents.end()) continue;
        for (const auto& title : titles->second)
          if (const auto parent = group_of.find(title); parent != group_of.end() && parent->second != i)
            parents[i].insert(parent->second);
      }
    }
    return parents;
  }

  void sync_tables() {
    begin_to_read(context_);
    Session* const only_reader = source_->only_reader();
    const auto& limits = context_.settings.map.limits;
    auto source = source_->lend_session(), target = account_.lend_session();
    // besides them: the session that keeps the snapshot, and that of the lock
    const int readers = limits.at(from_).connections - 1, writers = limits.at(to_).connections - 1;
    Lanes lanes(only_reader ? 1 : std::min({options_.jobs, readers, writers}), std::min(options_.jobs, writers), [&] {
      auto lane =
          std::make_unique<Lane>(LaneEnd{context_.settings.url(from_), from_, paces_.at(from_)},
                                 LaneEnd{context_.settings.url(to_), to_, paces_.at(to_)}, options_.stop, only_reader);
      lane->take_over(std::move(source), std::move(target));  // the first one
      return lane;
    });
    const auto left = groups_left();
    lanes.run(left, parents_among(left), [&](Lane& lane, const plan::Group& group) {
      auto outcomes = std::vector<TableOutcome>();
      if (const std::string parent = account_.parent_that_failed(group); !parent.empty())
        outcomes = account_.skip(group, parent);
      else if (has_to_wait(context_, group))
        outcomes = account_.put_off(group, read_for_too_long(context_));
      else
        outcomes = sync_group(context_, lane, group);
      for (auto& outcome : outcomes) account_.settle(std::move(outcome), &lane);
    });
    if (!context_.read_limit_reached) remove_deleted_rows(lanes);
    account_.take_back(target ? std::move(target) : lanes.hand_over_target());
    source_->release_snapshot();
  }

  // Children before their parents, so that nothing refers to a row that goes. In each attempt of all tables: with a
  // parent that is looked at as of now its children have to be, too.
  void remove_deleted_rows(Lanes& lanes) {
    const auto& waves = context_.plan.waves;
    for (auto wave = waves.rbegin(); wave != waves.rend(); ++wave) {
      std::vector<plan::Group> due;
      for (const auto& group : *wave) {
        plan::Group left;
        for (auto task = group.tasks.rbegin(); task != group.tasks.rend(); ++task)
          if (looks_for_deleted(*task) && !keeps_off_removal(*task, group)) left.tasks.push_back(*task);
        if (!left.tasks.empty()) due.push_back(left);
      }
      if (due.empty()) continue;
      lanes.run(due, {}, [&](Lane& lane, const plan::Group& group) {
        for (const auto task : group.tasks)
          account_.settle_removal(remove_deleted(context_, lane, context_.plan.tasks[task]), lane);
      });
    }
  }

  bool looks_for_deleted(std::size_t task) const {
    const auto& planned = context_.plan.tasks[task];
    return planned.deletes_in(context_.request.mode) && account_.is_copied(planned.title);
  }

  // Where rows that should have gone may still refer to it.
  bool keeps_off_removal(std::size_t task, const plan::Group& group) {
    const std::string& title = context_.plan.tasks[task].title;
    for (const auto& [child, parents] : context_.plan.parents) {
      if (!parents.contains(title)) continue;
      const auto& referring = context_.plan.tasks[child];
      const bool beside = std::ranges::find(group.tasks, child) != group.tasks.end();
      const bool due = !beside && referring.deletes_in(context_.request.mode);
      if (account_.is_copied(referring.title) && (!due || account_.is_removed(referring.title))) continue;
      observer_.warning(title, "rows that the desktop has deleted stay until table " + referring.title +
                                   ", which refers to it, is complete");
      return true;
    }
    return false;
  }

  RunSummary end(const std::optional<Error>& problem) {
    source_.reset();
    RunSummary summary = account_.close(problem);
    lock_.reset();
    fault_point(FaultPoint::run_closed);
    return summary;
  }

  Session& target() { return account_.target(); }

  const RunOptions& options_;
  Observer& observer_;
  const Place from_, to_;
  std::unique_ptr<RunLock> lock_;
  bool looked_ = false;
  std::set<std::string> quiet_;          // of the first look
  std::int64_t taken_id_ = 0;            // likewise
  std::vector<state::Rebuild> missing_;  // indexes and keys that are not there again yet
  TwoSessions at_hand_;                  // of the first look, for the first attempt
  int lock_taken_ = 0;                   // how often, when this attempt began
  std::unique_ptr<SourceWatch> source_;
  RunContext context_;
  RunAccount account_;
  const Paces paces_;
};

}  // namespace

RunSummary run(const config::Settings& settings, const plan::Request& request, const RunOptions& options,
               Observer& observer) {
  Run one(settings, request, options, observer);
  return one.carry_out();
}

}  // namespace engine::pipeline
