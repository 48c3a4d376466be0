#include "engine/pipeline/survey.hpp"

#include <algorithm>

#include "engine/core/error.hpp"
#include "engine/pipeline/bandwidth.hpp"
#include "engine/pipeline/preparation.hpp"
#include "engine/pipeline/recollection.hpp"
#include "engine/pipeline/two_ends.hpp"
#include "engine/state/access.hpp"
#include "engine/state/conflict.hpp"
#include "engine/state/cursor.hpp"
#include "engine/state/migrator.hpp"
#include "engine/state/quarantine.hpp"
#include "engine/state/row_history.hpp"

namespace engine::pipeline {

Survey::Survey(const config::Settings& settings, const plan::Request& request, Observer& observer, std::stop_token stop)
    : source_(settings.url(source_of(request.direction())), source_of(request.direction()), stop),
      target_(settings.url(target_of(request.direction())), target_of(request.direction()), stop),
      run_{settings, request,  {settings.map.name, request.direction()},
           stop,     observer, {},
           0,        {},       {},
           {},       {},       {},
           {},       {},       {},
           {},       false,    {}} {
  const Paces paces(settings.map.limits);
  for (postgres::Session* const session : {&source_, &target_}) session->keep_pace(paces.at(session->place()));
  check_two_ends(source_, target_, settings.map.name);
  postgres::Opening anew;
  anew.snapshot = true;
  run_.plan = prepare({source_, anew}, target_, settings.map, request);
  throw_problems(run_.plan);
  notes_ = run_.plan.warnings;
  const auto access = state::access(source_);
  if (access == state::Access::write || access == state::Access::read) state::installed_version(source_);
  read_state();
  assume_first_runs();
  recognise();
}

void Survey::read_state() {
  const int version = state::installed_version(target_);
  state_is_old_ = version > 0 && version < state::known_version();
  if (state_is_old_)
    notes_.push_back("the state in the " + std::string(name_of(target_.place())) +
                     " is that of an older pgtide (version " + std::to_string(version) +
                     "); which rows are new can be told here once pgtide init has upgraded it");
  has_state_ = version == state::known_version();
  if (!has_state_) return;
  run_.cursors = state::read_cursors(target_, run_.scope);
  run_.progress = state::read_progress(target_, run_.scope);
  known_ = state::read_source(target_, run_.scope);
  run_.waiting = state::read_open_conflicts(target_, run_.scope);
  run_.held = state::count_held_rows(target_, run_.scope);
  run_.discarding = state::discarding_tables(target_, run_.scope);
  waiting_orphans_ = state::read_due_orphans(target_, run_.scope);
  for (auto& [table, keys] : state::read_due_rows(target_, run_.scope)) {
    auto& all = run_.waiting[table];
    all.insert(all.end(), keys.begin(), keys.end());
    std::ranges::sort(all);
    all.erase(std::ranges::unique(all).begin(), all.end());
  }
  run_.known_since = state::read_known_since(target_, run_.scope);
  recall(run_.plan.tasks, run_.scope, source_, target_);
}

// Before a table's first run all rows of the target were there before it.
void Survey::assume_first_runs() {
  const auto now = target_.run("SELECT pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot()) AS xmax");
  for (auto& task : run_.plan.tasks) {
    run_.known_since.emplace(task.title, now.number(0, "xmax"));
    if (!has_state_) task.memory.adopting = true;
    run_.past_fuse.insert(task.title);  // what would happen is to be told to the last row
  }
}

void Survey::recognise() {
  const Place from = source_.place();
  const auto sighting = capture::look_at(source_, known_);
  const auto recognised = capture::recognise(known_, sighting.identity, sighting.marks);
  if (recognised.what == capture::Recognition::other_database)
    throw Error(ErrorCode::refused,
                "the " + std::string(name_of(from)) + " URL (" + postgres::describe(run_.settings.url(from)) +
                    ") leads elsewhere: " + recognised.why,
                "check the URL. If it was really moved, or made anew by a restore: pgtide init --accept-source");
  if (recognised.what == capture::Recognition::gone_back)
    notes_.push_back(recognised.why + ": every table will be compared whole");
  run_.trusted = recognised.what == capture::Recognition::same;
  run_.snapshot.next_xid = sighting.identity.xmax;
}

bool Survey::is_carried_out(std::size_t task) const {
  if (run_.plan.blocked.contains(task)) return false;
  return std::ranges::any_of(run_.plan.waves, [&](const auto& wave) {
    return std::ranges::any_of(
        wave, [&](const plan::Group& group) { return std::ranges::find(group.tasks, task) != group.tasks.end(); });
  });
}

}  // namespace engine::pipeline
