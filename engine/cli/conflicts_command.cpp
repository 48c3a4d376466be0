#include <algorithm>
#include <iostream>

#include "engine/cli/choice.hpp"
#include "engine/cli/commands.hpp"
#include "engine/cli/confirm.hpp"
#include "engine/cli/run_job.hpp"
#include "engine/core/error.hpp"
#include "engine/pipeline/run_lock.hpp"
#include "engine/postgres/transaction.hpp"
#include "engine/report/table_layout.hpp"
#include "engine/report/text.hpp"
#include "engine/report/waiting_text.hpp"
#include "engine/state/event.hpp"

namespace engine::cli {
namespace {

using config::Settings;

int list(const Options& options, std::vector<Chosen>& ways) {
  bool any = false;
  report::ConflictList shown;
  shown.filtered = chooses(options);
  shown.resolved = options.all;
  shown.verbose = options.verbose;
  for (auto& way : ways) {
    if (options.json) {
      state::for_each_conflict(*way.session, way.scope, way.choice, options.all, true, 0,
                               [&](const state::ConflictRow& row) {
                                 std::cout << (any ? ",\n" : "[\n") << report::conflict_json(row);
                                 any = true;
                               });
      continue;
    }
    shown.total += state::count_conflicts(*way.session, way.scope, way.choice, options.all);
    const auto left = options.limit - static_cast<std::int64_t>(shown.rows.size());
    if (left > 0)
      state::for_each_conflict(*way.session, way.scope, way.choice, options.all, options.verbose, left,
                               [&](const state::ConflictRow& row) { shown.rows.push_back(row); });
  }
  std::cout << (!options.json ? report::conflicts_text(shown) : any ? "\n]\n" : "[]\n");
  return 0;
}

// What reverse cannot do is said before anything is stored. Where forward has the same conflict the decision is about
// that one, and reverse's is left: there the cloud's row comes as soon as the desktop's has another key.
void refuse_to_change_the_desktop(const Options& options, std::vector<Chosen>& ways) {
  if (options.take != "cloud") return;
  const bool forward_too = std::ranges::any_of(ways, [](Chosen& way) {
    return way.scope.direction == Direction::forward &&
           !state::count_open_kinds(*way.session, way.scope, way.choice).empty();
  });
  std::erase_if(ways, [&](Chosen& way) {
    if (way.scope.direction == Direction::forward) return false;
    const auto kinds = state::count_open_kinds(*way.session, way.scope, way.choice);
    const auto found = kinds.find("insert_exists");
    if (found == kinds.end()) return false;
    if (forward_too && kinds.size() == 1) return true;
    throw Error(ErrorCode::refused,
                "the cloud's row cannot be taken where the desktop has another row with the same key (insert_exists, "
                "reverse): " +
                    report::grouped(found->second) + " of the chosen conflicts. Nothing was decided",
                std::string("reverse never changes a row of the desktop: give one of the two rows another key. In a "
                            "table that only goes back --take desktop leaves both as they are") +
                    (kinds.size() > 1 ? ". The others can be chosen by --kind or --key" : ""));
  });
}

// Stores the decision while no run of the direction goes on; the ids of the conflicts.
std::vector<std::int64_t> decide(const Options& options, const Settings& settings, Chosen& way) {
  const Place place = target_of(way.scope.direction);
  const pipeline::RunLock lock(settings.url(place), place, way.scope);
  postgres::Transaction write(*way.session, {});
  auto ids = state::decide(*way.session, way.scope, way.choice, options.take);
  state::record_event(*way.session, {std::nullopt,
                                     options.tables.front(),
                                     "conflicts_decided",
                                     "ok",
                                     "an operator takes the " + options.take + "'s side; the next run carries it out",
                                     "",
                                     {{"map", way.scope.map}, {"direction", way.scope.way()}, {"take", options.take}},
                                     {{"conflicts", static_cast<std::int64_t>(ids.size())}}});
  write.commit();
  return ids;
}

pipeline::RunSummary carry_out(const Options& options, const Settings& settings, Direction direction,
                               const std::vector<std::string>& tables, bool removes, const Signals& signals) try {
  plan::Request request;
  request.mode = direction == Direction::reverse ? Mode::reverse
                 : removes                       ? Mode::full  // rows that the desktop has deleted are its business
                                                 : Mode::incremental;
  request.only = tables;
  return run_job(options, settings, request, signals);
} catch (const Error&) {
  std::cerr << "note: the decision is kept, and the next run carries it out\n";
  throw;
}

int resolve(const Options& options, const Settings& settings, std::vector<Chosen>& ways) {
  std::int64_t total = 0;
  for (auto& way : ways) total += state::count_conflicts(*way.session, way.scope, way.choice, false);
  if (total == 0) {
    std::cout << (options.json ? "[]\n" : "no such conflict waits: nothing to decide\n");
    return 0;
  }
  refuse_to_change_the_desktop(options, ways);
  if (options.key.empty())
    confirm(options,
            "take the " + options.take + "'s side in " + report::grouped(total) +
                (total == 1 ? " conflict" : " conflicts") + " of table " + options.tables.front(),
            settings.map.name);
  const Signals signals;
  int status = 0;
  std::vector<std::string> objects;
  for (auto& way : ways) {
    reach(settings, way);
    if (state::count_conflicts(*way.session, way.scope, way.choice, false) == 0) continue;
    const bool removes = state::count_open_kinds(*way.session, way.scope, way.choice).contains("delete_origin_differs");
    const auto ids = decide(options, settings, way);
    const auto tables = still_in_map(settings.map, way.scope.direction, way.choice.tables);
    if (tables.empty()) {
      std::cerr << "note: the map does not copy this table " << way.scope.way()
                << " any more: the decision is kept and carried out if it does so again\n";
    } else {
      hang_up(ways);
      const auto summary = carry_out(options, settings, way.scope.direction, tables, removes, signals);
      if (!options.json) std::cout << report::run_text(summary) << "\n";
      status = more_urgent(status, summary.exit_status);
    }
    reach(settings, way);
    const auto after = state::read_conflicts(*way.session, way.scope, ids);
    if (!options.json) std::cout << report::resolved_text(after);
    for (const auto& row : after) objects.push_back(report::conflict_json(row));
  }
  if (options.json) std::cout << report::array_of(objects);
  return status;
}

}  // namespace

int run_conflicts(const Options& options) {
  const Settings settings = config::load_settings(options.flags, config::process_environment());
  std::vector<Chosen> ways = choose(settings, options);
  return options.action == Action::resolve ? resolve(options, settings, ways) : list(options, ways);
}

}  // namespace engine::cli
