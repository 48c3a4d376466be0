#include "engine/pipeline/index_rebuild.hpp"

#include <algorithm>
#include <set>

#include "engine/core/error.hpp"
#include "engine/core/fault_point.hpp"
#include "engine/pipeline/fenced_transaction.hpp"
#include "engine/pipeline/retry.hpp"
#include "engine/plan/statements.hpp"
#include "engine/postgres/errors.hpp"
#include "engine/postgres/script.hpp"
#include "engine/state/cursor.hpp"
#include "engine/state/event.hpp"
#include "engine/state/fence.hpp"
#include "engine/state/known_rows.hpp"

namespace engine::pipeline {
namespace {

using plan::TableTask;
using postgres::Session;
using postgres::Transaction;
using state::Rebuild;
namespace statements = plan::statements;

constexpr int patience_with_users_ms = 2'000;

bool ends_the_run(const Error& error) {
  return error.code() == ErrorCode::unavailable || error.code() == ErrorCode::interrupted ||
         error.code() == ErrorCode::already_running;
}

const TableTask* task_of(const RunContext& run, const Rebuild& what) {
  const auto task = std::ranges::find(run.plan.tasks, what.table, &TableTask::title);
  return task == run.plan.tasks.end() ? nullptr : &*task;
}

// Makes and checks them, on one session.
class Maker {
 public:
  Maker(const RunContext& run, Session& session) : run_(run), session_(session) {}

  // The index is there; the key is, and checks the rows that come from now on. Throws Error.
  void make(const Rebuild& what) {
    in_transaction(what, [&](Transaction& write) {
      switch (state::look_for(session_, what)) {
        case state::Standing::as_it_was:
          return state::forget_rebuild(session_, what);
        case state::Standing::another:
          throw Error(ErrorCode::partial, "something else has that name now");
        case state::Standing::not_valid:
          if (!what.is_key) throw Error(ErrorCode::partial, "an index of that name is there, but it is not valid");
          return state::note_not_valid(session_, what);
        case state::Standing::absent:
          break;
      }
      write.run_script("SET LOCAL default_tablespace = " + (what.tablespace.empty() ? "''" : quoted(what.tablespace)) +
                       "; " + what.definition + (what.further.empty() ? "" : "; " + what.further));
      what.is_key ? state::note_not_valid(session_, what) : state::forget_rebuild(session_, what);
    });
    fault_point(FaultPoint::index_made);
  }

  // False if rows break the key. Throws Error.
  bool check(const Rebuild& what) {
    try {
      in_transaction(what, [&](Transaction& write) {
        const auto standing = state::look_for(session_, what);
        if (standing == state::Standing::another) throw Error(ErrorCode::partial, "another key has that name now");
        if (standing == state::Standing::not_valid) write.run(what.check());
        state::forget_rebuild(session_, what);  // it holds, or somebody does not want it
      });
    } catch (const Error& error) {
      if (error.sqlstate() == "23503") return false;
      throw;
    }
    fault_point(FaultPoint::key_checked);
    return true;
  }

  // Rows of a first load; `key`: those that break it. The table is compared whole by whoever reads it next.
  std::int64_t remove(const TableTask& task, const catalog::ForeignKey* key) {
    const std::string removal = statements::remove_loaded(task, key);
    if (removal.empty()) return 0;
    FencedTransaction write(session_, run_);
    state::settle_known_rows(session_, task.memory.known_id);
    const auto rows = write.run(removal).number(0, "rows");
    if (rows == 0) return 0;
    state::distrust_cursor(session_, run_.scope, task.title);
    state::record_event(session_, {run_.run_id, task.title, "load_taken_back", "ok",
                                   std::to_string(rows) + " rows of the first load do not fit; they are written again, "
                                                          "with care",
                                   ""});
    write.commit();
    return rows;
  }

  // Makes an index, or a key, and removes rows that are in the way of it. What only a person can mend is noted. Throws
  // what may go away by itself.
  std::int64_t make_at_all_costs(const Rebuild& what, const TableTask* task) {
    std::int64_t removed = 0;
    try {
      try {
        make(what);
      } catch (const Error& error) {
        if (error.sqlstate().empty() || !postgres::is_about_a_row(error.sqlstate()) || !task) throw;
        removed = remove(*task, nullptr);
        make(what);
      }
    } catch (const Error& error) {
      if (ends_the_run(error) || error.retryable()) throw;
      give_up(what, error.what());
    }
    return removed;
  }

  std::int64_t check_at_all_costs(const Rebuild& what, const TableTask* task) {
    std::int64_t removed = 0;
    try {
      if (check(what)) return 0;
      if (const auto* key = task ? key_of(*task, what) : nullptr) removed = remove(*task, key);
      if (removed > 0 && check(what)) return removed;
      give_up(what,
              "there are rows whose row in the other table is missing, and it is not pgtide's to remove them. Rows "
              "that come from now on are checked. Mend those rows; then the next full run checks the key");
    } catch (const Error& error) {
      if (ends_the_run(error) || error.retryable()) throw;
      give_up(what, error.what());
    }
    return removed;
  }

  // What is to be done by a person.
  void give_up(const Rebuild& what, const std::string& problem) {
    Transaction write(session_, {});
    state::note_problem(session_, what, problem);
    write.commit();
    run_.observer.warning(what.table, what.in_words() + " was dropped for a first load, and is not as it was: " +
                                          problem + ". What does it at once: " + what.remedy());
  }

 private:
  static const catalog::ForeignKey* key_of(const TableTask& task, const Rebuild& what) {
    const auto key = std::ranges::find(task.foreign_keys, what.object.name, &catalog::ForeignKey::name);
    return key == task.foreign_keys.end() ? nullptr : &*key;
  }

  void in_transaction(const Rebuild& what, const std::function<void(Transaction&)>& work) {
    make_again(run_.stop, [&] {
      postgres::Opening opening;
      opening.lock_timeout_ms = patience_with_users_ms;
      opening.idle_timeout_ms = FencedTransaction::patience_ms;
      opening.first = state::fence_statements(run_.scope, run_.run_id);
      Transaction write(session_, opening);
      if (run_.run_id != 0) state::expect_current(postgres::result_with(write.results(), "current_run"));
      if (!state::hold_rebuild(session_, what)) return;
      work(write);
      write.commit();
    });
  }

  const RunContext& run_;
  Session& session_;
};

// What may take long can be stopped, though the session's other work is not.
class Stoppable {
 public:
  Stoppable(Session& session, const std::stop_token& stop) : session_(session) { session_.heed(stop); }
  ~Stoppable() { session_.heed({}); }
  Stoppable(const Stoppable&) = delete;
  Stoppable& operator=(const Stoppable&) = delete;

 private:
  Session& session_;
};

std::string names_of(const std::vector<std::string>& names) { return joined(names, ", "); }

}  // namespace

void IndexRebuild::set_aside() {
  if (!task_.rebuild_indexes || !task_.memory.others.empty()) return;
  Session& target = lane_.target();
  const auto found = target.run(statements::list_rebuildable(task_));
  std::vector<std::string> dropped, kept;
  std::string why;
  for (std::size_t i = 0; i < found.size(); ++i) {
    (found.text(i, "kept").empty() ? dropped : kept).push_back(found.text(i, "name"));
    if (!found.text(i, "kept").empty()) why = found.text(i, "kept");
  }
  if (!kept.empty())
    run_.observer.warning(
        task_.title, "rebuild_indexes: these stay while the table is loaded: " + names_of(kept) + ", because " + why);
  if (dropped.empty()) return;
  try {
    FencedTransaction write(target, run_);
    write.run("SET LOCAL lock_timeout = " + std::to_string(patience_with_users_ms));
    std::vector<std::string> removals;
    for (const auto& statement : statements::note_rebuildable(task_, run_.run_id)) {
      const auto noted = write.run(statement);
      for (std::size_t i = 0; i < noted.size(); ++i) removals.push_back(noted.text(i, "removal"));
    }
    if (removals.empty()) return;
    write.run_script(joined(removals, "; "));
    state::record_event(target, {run_.run_id, task_.title, "indexes_dropped", "ok", names_of(dropped), ""});
    write.commit();
  } catch (const Error& error) {
    if (ends_the_run(error)) throw;
    run_.observer.warning(task_.title,
                          "rebuild_indexes: the table is loaded with its indexes as they are: " +
                              std::string(error.sqlstate() == "55P03" ? "somebody else uses the table" : error.what()));
    return;
  }
  under_way_ = true;
  fault_point(FaultPoint::indexes_dropped);
}

std::vector<Rebuild> IndexRebuild::left() {
  std::vector<Rebuild> left = state::read_rebuilds(lane_.target(), run_.scope);
  std::erase_if(left, [&](const Rebuild& what) { return what.table != task_.title || !what.problem.empty(); });
  return left;
}

void IndexRebuild::put_back() {
  if (!under_way_) return;
  Maker maker(run_, lane_.target());
  for (const auto& what : left())
    if (!what.not_valid) removed_ += maker.make_at_all_costs(what, &task_);
}

void IndexRebuild::put_back_if_possible() {
  try {
    put_back();
  } catch (const Error& error) {
    run_.observer.warning(task_.title,
                          "its indexes, which were dropped for the first load, are made again by the next "
                          "run: " +
                              std::string(error.what()));
  }
}

bool IndexRebuild::finish() {
  put_back();
  Maker maker(run_, lane_.target());
  for (const auto& what : left()) removed_ += maker.check_at_all_costs(what, &task_);
  under_way_ = false;
  return removed_ > 0;
}

MadeAgain make_missing_again(const RunContext& run, Session& target) {
  MadeAgain done;
  const auto missing = state::read_rebuilds(target, run.scope);
  if (missing.empty()) return done;
  const Stoppable stoppable(target, run.stop);
  {  // what an earlier run is still at
    Transaction write(target, {});
    state::close_fence(write, run.scope);
    write.commit();
  }
  const config::TableMap& map = run.settings.map;
  std::map<std::string, std::vector<std::string>> made;
  std::set<std::int64_t> tried;
  Maker maker(run, target);
  for (const auto& what : missing) {
    if (what.not_valid || (!what.problem.empty() && run.request.mode != Mode::full)) continue;
    try {
      maker.make(what);
      made[what.table].push_back(what.in_words());
    } catch (const Error& error) {
      if (ends_the_run(error)) throw;
      if (!error.sqlstate().empty() && postgres::is_about_a_row(error.sqlstate()) && !what.is_key) continue;
      if (!error.retryable()) {
        maker.give_up(what, error.what());
        tried.insert(what.id);
        continue;
      }
      const std::string why =
          what.in_words() + ", which a first load dropped, could not be made again: " + error.what();
      run.observer.warning(what.table, why + "; the next run tries again");
      tried.insert(what.id);
      for (const auto& table : map.tables)
        if (what.is_key && table.goes(run.scope.direction) &&
            plan::title_of(map, table, run.scope.direction) == what.table)
          done.refused[table.at(source_of(run.scope.direction))] = why;
    }
  }
  for (const auto& [table, names] : made)
    run.observer.warning(table, "made again what a first load had dropped that broke off: " + names_of(names));
  done.left = state::read_rebuilds(target, run.scope);
  std::erase_if(done.left, [&](const Rebuild& what) {
    return tried.contains(what.id) || (!what.problem.empty() && run.request.mode != Mode::full);
  });
  return done;
}

void finish_missing(const RunContext& run, Session& target, const std::vector<Rebuild>& left) {
  if (left.empty()) return;
  const Stoppable stoppable(target, run.stop);
  Maker maker(run, target);
  const config::TableMap& map = run.settings.map;
  for (const auto& what : left) {
    const TableTask* task = task_of(run, what);
    const bool in_map = std::ranges::any_of(map.tables, [&](const auto& table) {
      return table.goes(run.scope.direction) && plan::title_of(map, table, run.scope.direction) == what.table;
    });
    if (!task && in_map) continue;  // the next run of that table
    // a table that is complete and in use keeps its rows
    const TableTask* loaded = what.not_valid || what.problem.empty() ? task : nullptr;
    try {
      const auto removed =
          what.not_valid ? maker.check_at_all_costs(what, loaded) : maker.make_at_all_costs(what, loaded);
      if (removed > 0)
        run.observer.warning(what.table,
                             "rows of a first load that broke off do not fit, and are written again with care: " +
                                 std::to_string(removed));
    } catch (const Error& error) {
      if (ends_the_run(error)) throw;
      run.observer.warning(what.table, what.in_words() +
                                           ", which a first load dropped, could not be made again or checked: " +
                                           error.what() + "; the next run tries again");
    }
  }
}

}  // namespace engine::pipeline
