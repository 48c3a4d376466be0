#include <iostream>

#include "engine/cli/choice.hpp"
#include "engine/cli/commands.hpp"
#include "engine/cli/confirm.hpp"
#include "engine/cli/signals.hpp"
#include "engine/core/error.hpp"
#include "engine/report/care_text.hpp"
#include "engine/report/table_layout.hpp"
#include "engine/state/access.hpp"
#include "engine/state/event.hpp"

namespace engine::cli {
namespace {

double kept(const std::string& flag, std::int64_t of_the_map) {
  return flag.empty() ? static_cast<double>(of_the_map) : seconds_of(flag).value();
}

void record(Chosen& way, const std::vector<state::OldRows>& deleted) {
  std::map<std::string, std::int64_t> numbers;
  for (const auto& table : deleted)
    if (table.rows > 0) numbers[table.table] = table.rows;
  if (numbers.empty()) return;
  state::record_event(*way.session, {std::nullopt,
                                     "",
                                     "pruned",
                                     "ok",
                                     "history older than the retention was deleted",
                                     "",
                                     {{"map", way.scope.map}, {"direction", way.scope.way()}},
                                     numbers});
}

}  // namespace

int run_prune(const Options& options) {
  const config::Settings settings = config::load_settings(options.flags, config::process_environment());
  const double history = kept(options.keep_history, settings.map.retention.history);
  const double events = kept(options.keep_events, settings.map.retention.events);
  const Signals signals;
  std::vector<Chosen> ways = choose(settings, options);
  std::erase_if(ways, [](Chosen& way) {
    if (state::access(*way.session) == state::Access::write) return false;
    std::cerr << "note: this role may not change the state in the " << name_of(target_of(way.scope.direction))
              << " database, and it is left as it is\n";
    return true;
  });
  std::vector<report::OldHistory> old;
  std::vector<state::Cutoff> cutoffs;
  std::int64_t rows = 0;
  for (auto& way : ways) {
    cutoffs.push_back(
        state::cutoff(*way.session, static_cast<std::int64_t>(history), static_cast<std::int64_t>(events)));
    old.push_back({target_of(way.scope.direction), way.scope.map, way.scope.direction,
                   state::count_old(*way.session, way.scope, cutoffs.back())});
    for (const auto& table : old.back().tables) rows += table.rows;
  }
  if (rows == 0 || options.dry_run) {
    std::cout << (options.json ? report::prune_json(old, false) : report::prune_text(old, history, events, false));
    return 0;
  }
  if (!options.yes)
    (options.json ? std::cerr : std::cout) << report::prune_text(old, history, events, false) << std::flush;
  confirm(options, "delete " + report::grouped(rows) + (rows == 1 ? " row" : " rows") + " of history",
          settings.map.name);
  for (std::size_t i = 0; i < ways.size(); ++i) {
    old[i].tables = state::delete_old(*ways[i].session, ways[i].scope, cutoffs[i],
                                      [&] { return signals.token().stop_requested(); });
    record(ways[i], old[i].tables);
  }
  std::cout << (options.json ? report::prune_json(old, true) : report::prune_text(old, history, events, true));
  return signals.token().stop_requested() ? signals.exit_status() : 0;
}

}  // namespace engine::cli
