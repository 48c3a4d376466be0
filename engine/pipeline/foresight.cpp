#include "engine/pipeline/foresight.hpp"

#include <algorithm>

#include "engine/capture/source.hpp"
#include "engine/core/error.hpp"
#include "engine/pipeline/preparation.hpp"
#include "engine/pipeline/two_ends.hpp"
#include "engine/plan/statements.hpp"
#include "engine/state/access.hpp"
#include "engine/state/conflict.hpp"
#include "engine/state/cursor.hpp"
#include "engine/state/migrator.hpp"
#include "engine/state/quarantine.hpp"

namespace engine::pipeline {

Foresight foresee(const config::Settings& settings, const plan::Request& request) {
  const Place from = source_of(request.direction()), to = target_of(request.direction());
  postgres::Session source(settings.url(from), from), target(settings.url(to), to);
  Foresight foresight;
  check_two_ends(source, target, settings.map.name);
  postgres::Opening anew;
  anew.snapshot = true;
  foresight.plan = prepare({source, anew}, target, settings.map, request);
  throw_problems(foresight.plan);
  foresight.notes = foresight.plan.warnings;

  const state::Scope scope{settings.map.name, request.direction()};
  std::map<std::string, capture::Cursor> cursors;
  std::optional<capture::KnownSource> known;
  std::map<std::string, std::vector<std::string>> waiting, waiting_orphans;
  const auto access = state::access(source);
  if (access == state::Access::write || access == state::Access::read) state::installed_version(source);
  const int version = state::installed_version(target);
  if (version > 0 && version < state::known_version())
    foresight.notes.push_back("the state in the " + std::string(name_of(to)) + " is that of an older pgtide (version " +
                              std::to_string(version) +
                              "); which rows are new can be told here once pgtide init has upgraded it");
  if (version == state::known_version()) {
    cursors = state::read_cursors(target, scope);
    known = state::read_source(target, scope);
    waiting = state::read_open_conflicts(target, scope);
    waiting_orphans = state::read_due_orphans(target, scope);
    for (auto& [table, keys] : state::read_due_rows(target, scope)) {
      auto& all = waiting[table];
      all.insert(all.end(), keys.begin(), keys.end());
      std::ranges::sort(all);
      all.erase(std::ranges::unique(all).begin(), all.end());
    }
  }
  const auto sighting = capture::look_at(source, known);
  const auto recognised = capture::recognise(known, sighting.identity, sighting.marks);
  if (recognised.what == capture::Recognition::other_database)
    throw Error(ErrorCode::refused,
                "the " + std::string(name_of(from)) + " URL (" + postgres::describe(settings.url(from)) +
                    ") leads elsewhere: " + recognised.why,
                "check the URL. If it was really moved, or made anew by a restore: pgtide init --accept-source");
  if (recognised.what == capture::Recognition::gone_back)
    foresight.notes.push_back(recognised.why + ": every table will be compared whole");
  const bool trusted = recognised.what == capture::Recognition::same;
  std::vector<Reading> readings;
  for (const auto& task : foresight.plan.tasks) {
    const auto found = cursors.find(task.title);
    const auto cursor = found == cursors.end() ? std::nullopt : std::optional(found->second);
    const auto window_of = [&](const plan::Request& asked, const std::vector<std::string>& again) {
      return plan::decide_window(task, asked, cursor, trusted, sighting.identity.xmax, again);
    };
    foresight.windows.push_back(window_of(request, waiting[task.title]));
    readings.push_back({foresight.windows.back(), foresight.windows.back(), !cursor});
    // What is no news is in the target, was removed there and does not come back, or waits for another reason.
    plan::Request as_usual = request;
    if (as_usual.mode == Mode::full) as_usual.mode = Mode::incremental;
    if (cursor && target.run(plan::statements::target_has_rows(task)).flag(0, "has_rows"))
      readings.back().news = window_of(as_usual, waiting_orphans[task.title]);
  }
  foresight.orphans = find_orphans(foresight.plan, readings, source, target);
  return foresight;
}

}  // namespace engine::pipeline
