#include <algorithm>
#include <iostream>
#include <memory>

#include "engine/cli/choice.hpp"
#include "engine/cli/commands.hpp"
#include "engine/cli/confirm.hpp"
#include "engine/core/error.hpp"
#include "engine/pipeline/run_lock.hpp"
#include "engine/postgres/transaction.hpp"
#include "engine/report/care_text.hpp"
#include "engine/report/table_layout.hpp"
#include "engine/state/cursor.hpp"
#include "engine/state/event.hpp"

namespace engine::cli {
namespace {

using report::TablePosition;

std::vector<TablePosition> positions_of(Chosen& way, bool chosen) {
  const auto cursors = state::read_cursors(*way.session, way.scope);
  std::vector<TablePosition> positions;
  for (auto& row : state::read_watermarks(*way.session, way.scope)) {
    if (chosen && std::ranges::find(way.choice.tables, row.table) == way.choice.tables.end()) continue;
    TablePosition position{way.scope.map, way.scope.direction, row, std::nullopt};
    if (const auto found = cursors.find(row.table); found != cursors.end()) position.cursor = found->second;
    positions.push_back(std::move(position));
  }
  return positions;
}

// Returns how many rows of one direction were reset; a run that goes on meanwhile would store its own.
void reset(const config::Settings& settings, Chosen& way, const std::vector<TablePosition>& positions) {
  const Place place = target_of(way.scope.direction);
  const pipeline::RunLock lock(settings.url(place), place, way.scope);
  postgres::Transaction write(*way.session, {});
  for (const auto& position : positions) {
    state::distrust_cursor(*way.session, way.scope, position.row.table);
    state::record_event(*way.session, {std::nullopt,
                                       position.row.table,
                                       "watermark_reset",
                                       "ok",
                                       "the next run looks at every row",
                                       "",
                                       {{"map", way.scope.map}, {"direction", way.scope.way()}},
                                       {{"next_xid", position.cursor->next_xid}}});
  }
  write.commit();
}

int reset(const Options& options, const config::Settings& settings, std::vector<Chosen>& ways) {
  std::vector<TablePosition> all;
  std::vector<std::pair<Chosen*, std::vector<TablePosition>>> due;
  for (auto& way : ways) {
    auto positions = positions_of(way, true);
    std::erase_if(positions, [](const TablePosition& p) { return !p.cursor || !p.cursor->ids_valid; });
    if (positions.empty()) continue;
    all.insert(all.end(), positions.begin(), positions.end());
    due.emplace_back(&way, std::move(positions));
  }
  if (all.empty()) {
    std::cout << (options.json ? "[]\n" : "nothing to reset: the next run looks at every row of the table anyway\n");
    return 0;
  }
  if (due.size() > 1)
    throw Error(ErrorCode::usage, "the table is copied both ways: which one is meant?",
                "add --direction forward (desktop to cloud) or --direction reverse");
  if (!options.yes) (options.json ? std::cerr : std::cout) << report::reset_text(all, false) << std::flush;
  confirm(options, "reset " + report::grouped(std::ssize(all)) + (all.size() == 1 ? " table" : " tables"),
          settings.map.name);
  for (auto& [way, positions] : due) reset(settings, *way, positions);
  all.clear();
  for (auto& [way, positions] : due)
    for (auto& position : positions_of(*way, true)) all.push_back(std::move(position));
  std::cout << (options.json ? report::watermarks_json(all) : report::reset_text(all, true));
  return 0;
}

}  // namespace

int run_watermark(const Options& options) {
  const config::Settings settings = config::load_settings(options.flags, config::process_environment());
  std::vector<Chosen> ways = choose(settings, options);
  if (!options.direction.empty())
    std::erase_if(ways, [&](const Chosen& way) { return way.scope.way() != options.direction; });
  if (options.action == Action::reset) return reset(options, settings, ways);
  std::vector<TablePosition> positions;
  for (auto& way : ways)
    for (auto& position : positions_of(way, !options.tables.empty())) positions.push_back(std::move(position));
  std::cout << (options.json ? report::watermarks_json(positions) : report::watermarks_text(positions));
  return 0;
}

}  // namespace engine::cli
