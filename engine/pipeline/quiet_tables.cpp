#include "engine/pipeline/quiet_tables.hpp"

#include <algorithm>

#include "engine/core/error.hpp"
#include "engine/pipeline/fenced_transaction.hpp"
#include "engine/plan/statements.hpp"
#include "engine/postgres/script.hpp"
#include "engine/state/cursor.hpp"
#include "engine/state/glance.hpp"

namespace engine::pipeline {
namespace {

// A group is read or left as a whole, and so is a table with those that refer to it.
std::vector<const plan::TableTask*> may_be_left(const RunContext& run, const std::set<std::string>& quiet) {
  std::vector<const plan::TableTask*> left;
  std::set<std::string> titles;
  for (const auto& wave : run.plan.waves)
    for (const auto& group : wave) {
      std::set<std::string> own;
      for (const auto task : group.tasks) own.insert(run.plan.tasks[task].title);
      const bool together = std::ranges::all_of(group.tasks, [&](std::size_t index) {
        const auto& task = run.plan.tasks[index];
        const auto kind = run.window_of(task).kind;
        const auto parents = run.plan.parents.find(index);
        const bool after_others =
            parents == run.plan.parents.end() || std::ranges::all_of(parents->second, [&](const std::string& parent) {
              return titles.contains(parent) || own.contains(parent);
            });
        return quiet.contains(task.title) && after_others && !run.emptied.contains(task.title) &&
               !run.progress_of(task) && run.held_of(task) == 0 && run.waiting_of(task).empty() &&
               (kind == plan::Window::Kind::since || kind == plan::Window::Kind::nothing) && task.whole_why.empty();
      });
      if (!together) continue;
      titles.merge(own);
      for (const auto task : group.tasks) left.push_back(&run.plan.tasks[task]);
    }
  return left;
}

std::set<std::string> fresh_tables(const RunContext& run, const std::vector<const plan::TableTask*>& tasks,
                                   const SourceView& source) {
  std::vector<plan::statements::GlancedSource> looked;
  for (const auto* task : tasks) looked.push_back({task->title, task->source, *run.cursor_of(*task), false, {}});
  postgres::Opening opening = source.opening;
  opening.lock_timeout_ms = 2'000;
  postgres::Transaction read(source.session, opening);
  const auto seen = postgres::rows_with(read.run_script(plan::statements::glance_at(looked)), "glanced");
  std::set<std::string> fresh;
  for (std::size_t i = 0; i < seen.size(); ++i)
    if (seen.flag(i, "fresh")) fresh.insert(seen.text(i, "glanced"));
  return fresh;
}

}  // namespace

std::vector<std::string> finish_quiet_tables(const RunContext& run, const std::set<std::string>& quiet,
                                             const SourceView& source, postgres::Session& target) {
  auto tasks = may_be_left(run, quiet);
  if (tasks.empty() || !run.trusted) return {};
  try {
    auto still = quiet;
    for (const auto& title : fresh_tables(run, tasks, source)) still.erase(title);
    tasks = may_be_left(run, still);
  } catch (const Error& error) {  // one of them is locked, say: each by itself
    if (error.code() == ErrorCode::unavailable || error.code() == ErrorCode::interrupted) throw;
    return {};
  }
  if (tasks.empty()) return {};
  std::vector<std::string> titles;
  for (const auto* task : tasks) titles.push_back(task->title);
  FencedTransaction write(target, run);
  write.run_script(state::quiet_tables_script(run.scope, run.run_id, run.observation.observed_at, titles) + "; " +
                   state::move_cursors_statement(run.scope, titles, run.observation.next_xid,
                                                 state::xid_array(run.observation.unfinished),
                                                 std::to_string(run.run_id)));
  write.commit();
  run.steps_forward += 1;
  return titles;
}

}  // namespace engine::pipeline
